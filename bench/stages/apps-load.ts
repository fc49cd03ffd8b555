import { globSync, readFileSync } from 'node:fs';
import { decodeMessage } from '../../collector/test/otlp/messages.ts';
import { fixed64, placesOf } from '../ingest/places.ts';
import type { Request } from './stages.ts';

const FIXTURES = new URL('../../collector/test/fixtures/golden/', import.meta.url).pathname;
const COPIES = 12;
/** Between two copies of one app: no two of them could be twins. */
const APART_NANOS = 60_000_000_000n;

/**
 * What other people's instrumentations sent, over and over, with ids and times of its own each time: short requests of many emitters, agents,
 * tools and HTTP, some of two instrumentations. Each app is a tenant.
 */
export function createAppsLoad(): () => readonly Request[] {
  const apps = globSync('*/*.bin', { cwd: FIXTURES })
    .toSorted()
    .map((file) => ({ tenant: file.split('/')[0] ?? '', renew: renewer(readFileSync(`${FIXTURES}${file}`)) }));
  let turn = BigInt(Date.now());
  return () =>
    Array.from({ length: COPIES }, () => {
      turn += 1n;
      const seed = turn;
      return apps.map(({ tenant, renew }) => ({ tenant, body: renew(seed) }));
    }).flat();
}

const ID_KEYS = ['traceId', 'spanId'];
const TIME_KEYS = ['startTimeUnixNano', 'endTimeUnixNano'];
const RESPONSE_ID = /response\.?id$/i;

/** Copies of a request; two of one seed name the same trace. */
function renewer(template: Buffer): (seed: bigint) => Buffer {
  const ids = new Set<string>();
  const times = new Set<string>();
  const responses = new Set<string>();
  walk(decodeMessage('ExportTraceServiceRequest', template), (key, value, sibling) => {
    if (ID_KEYS.includes(key)) ids.add(Buffer.from(value, 'base64').toString('latin1'));
    if (TIME_KEYS.includes(key)) times.add(value);
    if (key === 'stringValue' && RESPONSE_ID.test(sibling)) responses.add(value);
  });
  const idPlaces = [...ids].map((id) => placesOf(template, Buffer.from(id, 'latin1')));
  const responsePlaces = [...responses].map((id) => ({ id, places: placesOf(template, Buffer.from(id)) }));
  const timePlaces = [...times].map((time) => ({ nanos: BigInt(time), places: placesOf(template, fixed64(BigInt(time))) }));
  const began = [...times].map(BigInt).reduce((least, time) => (time < least ? time : least), 2n ** 62n);
  return (seed) => {
    const body = Buffer.from(template);
    const start = BigInt(Date.now()) * 1_000_000n - (seed % 1000n) * APART_NANOS;
    for (const places of idPlaces) {
      const id = mixed(seed, body.subarray(places[0], (places[0] ?? 0) + 8));
      for (const at of places) id.copy(body, at);
    }
    for (const { id, places } of responsePlaces)
      for (const at of places) body.write(seed.toString().slice(-id.length), at + Math.max(0, id.length - 13), 'latin1');
    for (const { nanos, places } of timePlaces) for (const at of places) body.writeBigUInt64LE(start + nanos - began, at);
    return body;
  };
}

/** Another id for each seed, and the same of the same id. */
function mixed(seed: bigint, id: Buffer): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, (id.readBigUInt64LE() ^ seed) * 0x9e3779b97f4a7c15n));
  return bytes;
}

function walk(value: unknown, visit: (key: string, value: string, sibling: string) => void, sibling = ''): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string') visit(key, inner, sibling);
    else walk(inner, visit, 'key' in value && typeof value.key === 'string' ? value.key : sibling);
  }
}
