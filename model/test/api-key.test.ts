import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyRing, generateApiKey, KEY_SCOPES, needsKeys, parseApiKey } from '../src/index.ts';

const bearer = (key: string) => `Bearer ${key}`;

test('a key opens its own scope for its own tenant and nothing else', () => {
  for (const scope of KEY_SCOPES) {
    const { key, stored } = generateApiKey(scope, 'acme');
    const ring = createKeyRing([stored]);
    for (const asked of KEY_SCOPES) {
      const answer = ring.authenticate(bearer(key), asked);
      if (asked === scope) expect(answer).toEqual({ ok: true, tenant: 'acme', keyId: stored.id });
      else expect(answer).toMatchObject({ ok: false, status: 403, code: 'wrong_scope' });
    }
  }
});

test('what is stored holds no part of the secret', () => {
  const { key, stored } = generateApiKey('ingest', 'acme');
  const secret = key.split('_')[3] ?? '';
  expect(secret).toHaveLength(43);
  expect(JSON.stringify(stored)).not.toContain(secret);
});

test('any single mistyped character is seen before the ring is asked', () => {
  const { key, stored } = generateApiKey('query', 'acme');
  const ring = createKeyRing([stored]);
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom('a', 'Z', '0', '9', '_', '-'), (at, char) => {
      const typed = key.slice(0, at) + char + key.slice(at + 1);
      fc.pre(typed !== key);
      expect(parseApiKey(typed)).toBeUndefined();
      expect(ring.authenticate(bearer(typed), 'query')).toMatchObject({ ok: false, status: 401, code: 'malformed_key' });
    }),
  );
});

test('a well-formed key of somebody else, a wrong secret and an expired key are refused', () => {
  const mine = generateApiKey('ingest', 'acme');
  const other = generateApiKey('ingest', 'acme');
  const forged = { ...other.stored, id: mine.stored.id };
  expect(createKeyRing([mine.stored]).authenticate(bearer(other.key), 'ingest')).toMatchObject({ ok: false, code: 'unknown_key' });
  expect(createKeyRing([forged]).authenticate(bearer(mine.key), 'ingest')).toMatchObject({ ok: false, code: 'unknown_key' });
  const expiring = createKeyRing([{ ...mine.stored, expires_at: 1000 }], () => 1000);
  expect(expiring.authenticate(bearer(mine.key), 'ingest')).toMatchObject({ ok: false, status: 401, code: 'expired_key' });
});

test('a missing or foreign authorization header asks for a key', () => {
  const ring = createKeyRing([generateApiKey('ingest', 'acme').stored]);
  for (const header of [undefined, '', 'Basic abc', 'Bearer', 'Bearer ']) {
    expect(ring.authenticate(header, 'ingest')).toMatchObject({ ok: false, status: 401, code: 'missing_key' });
  }
});

test('an empty ring asks for no key and names the default tenant', () => {
  const ring = createKeyRing([]);
  expect(ring.empty).toBe(true);
  expect(ring.authenticate(undefined, 'query')).toEqual({ ok: true, tenant: 'default', keyId: undefined });
});

test('two keys with one id are refused when the ring is made', () => {
  const { stored } = generateApiKey('ingest', 'acme');
  expect(() => createKeyRing([stored, { ...stored, tenant: 'other' }])).toThrow(/share one id/);
});

test('only this machine may send without a key', () => {
  for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '::1']) expect(needsKeys(host)).toBe(false);
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.org', '', '127.0.0.1.example.org']) expect(needsKeys(host)).toBe(true);
});
