/** Ids on their way into columns of numbers, and what finds nothing because no row can have it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { orderOfTrace, toParentId, toSpanId, toTraceId } from '../src/stored-ids.ts';
import { NO_PARENT, spanId, traceId } from '../src/write/ids.ts';
import { NotStorable } from '../src/write/native-type.ts';
import { entryOf, stepOf } from './example-entry.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';

describe('an id is written', () => {
  test('lower-case hex of its length alone', () => {
    const ids = spanId.start();
    const isWritten = (id: string) => {
      try {
        ids.append(id);
        return true;
      } catch (error) {
        if (error instanceof NotStorable) return false;
        throw error;
      }
    };
    const characters = Array.from({ length: 2 ** 16 }, (_, code) => String.fromCharCode(code));
    const first = characters.filter((character) => isWritten(character + '1'.repeat(15)));
    const last = characters.filter((character) => isWritten('1'.repeat(15) + character));
    expect([first.join(''), last.join('')]).toEqual(['0123456789abcdef', '0123456789abcdef']);
    expect(['', 'a'.repeat(15), 'a'.repeat(17), 'a'.repeat(32)].filter(isWritten)).toEqual([]);
  });

  test('as it is, after one that could not be, and after itself', () => {
    const ids = traceId.start();
    const zero = '0'.repeat(32);
    const [one, other] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7deadbeef01234567'];
    ids.append(one);
    expect(() => ids.append(`${other.slice(0, 31)}G`)).toThrow(NotStorable);
    for (const id of [zero, one, one, other]) ids.append(id);
    const halves = (id: string) =>
      [id.slice(0, 16), id.slice(16)].map((half) => Buffer.from(half, 'hex').reverse().toString('hex')).join('');
    expect(Buffer.concat(ids.streams().flat()).toString('hex')).toBe([one, zero, one, one, other].map(halves).join(''));
  });
});

describe('in the engine', () => {
  let at: TestLedger;
  beforeAll(async () => {
    at = await openTestLedger();
  }, 60_000);
  afterAll(() => at?.stop());

  test('ids look as stored-ids.ts says, and are sorted as it says', async () => {
    const ids = Array.from({ length: 200 }, () => ({ trace: randomBytes(16).toString('hex'), span: randomBytes(8).toString('hex') }));
    const rows = await at.query<{ trace: string; hex: string; span: string }>(
      `SELECT toUUID(id.1) AS trace, lower(hex(trace)) AS hex, reinterpretAsUInt64(reverse(unhex(id.2))) AS span
       FROM (SELECT arrayJoin([${ids.map(({ trace, span }) => `('${trace}', '${span}')`).join()}]) AS id) ORDER BY trace
       SETTINGS output_format_json_quote_64bit_integers = 1`,
    );
    expect(rows.map(({ trace, span }) => [toTraceId(trace), toSpanId(span)].join()).toSorted()).toEqual(
      ids.map(({ trace, span }) => [trace, span].join()).toSorted(),
    );
    expect(rows.map(({ hex }) => hex)).toEqual(rows.map(({ trace }) => toTraceId(trace)));
    expect(rows.map(({ trace }) => orderOfTrace(trace))).toEqual(rows.map(({ trace }) => orderOfTrace(trace)).toSorted());
    expect([toSpanId('1'), toParentId('0'), toParentId(String(2n ** 64n - 1n)), NO_PARENT]).toEqual([
      '0000000000000001',
      undefined,
      'f'.repeat(16),
      '0'.repeat(16),
    ]);
  });

  test('what is no id finds nothing', async () => {
    const entry = entryOf();
    const step = stepOf();
    await at.ledger.write({ token: 'ids', entries: [entry], steps: [{ tenant: 'acme', step }] });
    const reader = at.ledger.forTenant('acme');
    const { traceId: trace, spanId: span } = entry.call;
    expect((await reader.calls({ traceId: trace, limit: 1 })).calls).toHaveLength(1);
    expect(await reader.call(trace, span)).toBeDefined();
    for (const id of ['', 'x', `${trace}0`, trace.slice(1), "' OR 1", trace.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')]) {
      expect(await reader.calls({ traceId: id, limit: 1 })).toEqual({ calls: [] });
      expect(await reader.call(id, span)).toBeUndefined();
      expect(await reader.call(trace, id)).toBeUndefined();
      expect(await reader.trace(id)).toBeUndefined();
      expect(await at.ledger.recall('acme', { traceIds: [id] })).toEqual([]);
      expect(await at.ledger.postedEntries('acme', [id])).toEqual([]);
    }
  });
});
