import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { DEFAULT_TENANT, type TenantId } from './call.ts';

/**
 * API keys: `tl_<scope>_<id>_<secret>_<crc>`. The prefix and the checksum let secret scanners recognise a leaked key; the id
 * finds it in the ring without a scan; the secret is 256 random bits, so a plain SHA-256 of the whole key is enough to store.
 *
 * Scopes are separate: an ingest key cannot read, a query key cannot write, and an admin key does neither. A service that
 * does two of these holds two keys, so that a leaked one opens one door.
 */
export const KEY_SCOPES = ['ingest', 'query', 'admin'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** What is kept of a key: enough to recognise it, nothing to rebuild it from. */
export const storedApiKeySchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]{12}$/),
  scope: z.enum(KEY_SCOPES),
  tenant: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  /** Lower-case hex SHA-256 of the whole key text. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Epoch milliseconds; absent = no expiry. */
  expires_at: z.number().int().optional(),
});
export type StoredApiKey = Readonly<z.infer<typeof storedApiKeySchema>>;

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE36 = BASE62.slice(0, 10) + BASE62.slice(36);
const ID_LENGTH = 12;
/** 43 base-62 digits carry 256 bits. */
const SECRET_LENGTH = 43;
/** 6 base-62 digits hold any CRC-32. */
const CHECKSUM_LENGTH = 6;
const KEY = /^(tl_(ingest|query|admin)_([a-z0-9]{12})_[0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** A new key: `key` is shown once to its owner, `stored` goes into the ring's file. */
export function generateApiKey(scope: KeyScope, tenant: TenantId): { readonly key: string; readonly stored: StoredApiKey } {
  const id = randomText(BASE36, ID_LENGTH);
  const body = `tl_${scope}_${id}_${randomText(BASE62, SECRET_LENGTH)}`;
  const key = `${body}_${checksum(body)}`;
  return { key, stored: storedApiKeySchema.parse({ id, scope, tenant, sha256: sha256(key).toString('hex') }) };
}

/** The readable parts of a key, or `undefined` when the text is none: wrong shape or wrong checksum (a typing error). */
export function parseApiKey(text: string): { readonly scope: KeyScope; readonly id: string } | undefined {
  const match = KEY.exec(text);
  const [, body, scope, id, crc] = match ?? [];
  if (body === undefined || id === undefined || checksum(body) !== crc) return undefined;
  return { scope: scope as KeyScope, id };
}

export type KeyRefusal = 'missing_key' | 'malformed_key' | 'unknown_key' | 'expired_key' | 'wrong_scope';

export type Authentication =
  | { readonly ok: true; readonly tenant: TenantId; readonly keyId: string | undefined }
  | { readonly ok: false; readonly status: 401 | 403; readonly code: KeyRefusal; readonly message: string };

/** False for addresses that only this machine reaches: everywhere else a server must not listen with an empty ring. */
export function needsKeys(host: string): boolean {
  return !(host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.')));
}

export interface KeyRing {
  /** True when no key is asked for; see `needsKeys`. */
  readonly empty: boolean;
  /** What it was made of: enough to make another, in another thread. */
  readonly stored: readonly StoredApiKey[];
  /** Who sends this request, from its `Authorization: Bearer <key>` header alone. The tenant comes from nowhere else. */
  authenticate(authorizationHeader: string | undefined, scope: KeyScope): Authentication;
}

const REFUSALS: Readonly<Record<KeyRefusal, { readonly status: 401 | 403; readonly message: string }>> = {
  missing_key: { status: 401, message: 'send an API key: Authorization: Bearer tl_…' },
  malformed_key: { status: 401, message: 'the API key is no tl_ key or was mistyped (its checksum does not match)' },
  unknown_key: { status: 401, message: 'the API key is not known here' },
  expired_key: { status: 401, message: 'the API key has expired' },
  wrong_scope: { status: 403, message: 'the API key is valid but made for another scope' },
};

function refuse(code: KeyRefusal, detail?: string): Authentication {
  const { status, message } = REFUSALS[code];
  return { ok: false, status, code, message: detail ? `${message}: ${detail}` : message };
}

/** Compared with when the id is unknown, so that an unknown id and a wrong secret take the same time. */
const NO_KEY = Buffer.alloc(32);

export function createKeyRing(keys: readonly StoredApiKey[], now: () => number = Date.now): KeyRing {
  const byId = new Map(keys.map((key) => [key.id, { ...key, digest: Buffer.from(key.sha256, 'hex') }]));
  if (byId.size !== keys.length) throw new TypeError('two API keys share one id');

  return {
    empty: byId.size === 0,
    stored: keys,
    authenticate(header, scope) {
      if (byId.size === 0) return { ok: true, tenant: DEFAULT_TENANT, keyId: undefined };
      const text = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
      if (text === undefined) return refuse('missing_key');
      const parsed = parseApiKey(text);
      if (!parsed) return refuse('malformed_key');
      const stored = byId.get(parsed.id);
      const matches = timingSafeEqual(sha256(text), stored?.digest ?? NO_KEY);
      if (!stored || !matches) return refuse('unknown_key');
      if (stored.expires_at !== undefined && stored.expires_at <= now()) return refuse('expired_key');
      if (stored.scope !== scope) return refuse('wrong_scope', `it is for ${stored.scope}, this route needs ${scope}`);
      return { ok: true, tenant: stored.tenant, keyId: stored.id };
    },
  };
}
