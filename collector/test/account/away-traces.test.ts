import { expect, test } from 'vitest';
import { type AwayTrace, AwayTraces } from '../../src/account/away-traces.ts';
import { markOf } from '../../src/account/mark.ts';
import { newTrace } from '../../src/account/trace.ts';
import { TouchOrder } from '../../src/account/touch-order.ts';
import { TraceTable } from '../../src/account/trace-table.ts';

const TENANTS = ['default', 'acme', 'globex'];
const KNOWN = ['all', 'came', 'forgotten'] as const;
const tenantOf = (number: number) => TENANTS[number % 3] ?? '';
const awayTrace = (number: number): AwayTrace => ({
  mark: markOf(tenantOf(number), `trace ${number}`),
  tenant: tenantOf(number),
  known: KNOWN[number % 3] ?? 'all',
  touchedBy: number,
  newestMs: 1_800_000_000_000.125 + number,
  places: Array.from({ length: 1 + (number % 7) }, (_, index) => 2 ** 40 + number * 10 + index),
});

test('traces that are put away are found and read as they were, in order, while others come and go', () => {
  const away = new AwayTraces();
  for (let number = 0; number < 30_000; number++) {
    away.add(awayTrace(number));
    const row = away.find(awayTrace(Math.floor(number / 2)).mark);
    if (row !== undefined && number % 3 > 0) away.remove(row);
  }
  const left = [...away.rows()].map((row) => away.touchedBy(row));
  expect(left).toHaveLength(15_000);
  expect(left).toEqual(left.toSorted((one, other) => one - other));
  expect(away.oldest).toBe(away.find(awayTrace(left[0] ?? -1).mark));
  const isLeft = new Set(left);
  for (let number = 0; number < 30_000; number++) {
    const row = away.find(awayTrace(number).mark);
    expect(row !== undefined).toBe(isLeft.has(number));
    if (row !== undefined) expect(away.read(row)).toEqual(awayTrace(number));
  }
});

test('room of what was removed is used again: of many that come and go those that stay are as they were', () => {
  const away = new AwayTraces();
  const isThere = (number: number) => away.find(awayTrace(number).mark) !== undefined;
  for (let number = 0; number < 200; number++) away.add(awayTrace(number));
  for (let number = 200; number < 20_000; number++) {
    away.add(awayTrace(number));
    const row = away.find(awayTrace(number - 100).mark);
    if (row !== undefined) away.remove(row);
  }
  const stayed = [...Array.from({ length: 100 }, (_, number) => number), ...Array.from({ length: 100 }, (_, number) => 19_900 + number)];
  expect([...away.rows()].map((row) => away.read(row))).toEqual(stayed.map(awayTrace));
  expect(stayed.every(isThere)).toBe(true);
  expect(isThere(19_899)).toBe(false);
});

test('two of the same mark are found one after the other', () => {
  const away = new AwayTraces();
  const { mark } = awayTrace(1);
  for (const number of [1, 2]) away.add({ ...awayTrace(number), mark });
  const found: number[] = [];
  for (let row = away.find(mark); row !== undefined; row = away.find(mark)) {
    found.push(away.touchedBy(row));
    away.remove(row);
  }
  expect(found).toEqual([1, 2]);
  expect(away.oldest).toBe(undefined);
});

const traceOf = (number: number, place = markOf('default', `${number}`).place) =>
  newTrace({
    tenant: tenantOf(number),
    traceId: `trace ${Math.floor(number / 3)}`,
    mark: { place, fingerprint: 1 },
    known: 'came',
    mayBePutAway: true,
    touchedBy: 0,
  });

test.each([
  ['of different marks', undefined],
  ['of the same mark', 7],
])('traces %s are found by tenant and id until they are removed', (_, place) => {
  const table = new TraceTable();
  const traces = Array.from({ length: 3000 }, (_each, number) => traceOf(number, place));
  for (const trace of traces) table.add(trace);
  for (const trace of traces.filter((_each, number) => number % 2 === 0)) table.remove(trace);
  for (const [number, trace] of traces.entries())
    expect(table.get(trace.tenant, trace.traceId, trace.mark)).toBe(number % 2 === 0 ? undefined : trace);
});

test('a trace that was removed points to no other: in old space it would take those there, and they the next', () => {
  const order = new TouchOrder();
  const table = new TraceTable();
  const traces = [traceOf(1, 7), traceOf(2, 7), traceOf(3, 7)];
  for (const trace of traces) {
    order.add(trace);
    table.add(trace);
  }
  for (const trace of [traces[1], traces[0], traces[2]]) {
    if (!trace) continue;
    order.remove(trace);
    table.remove(trace);
    expect(trace).toMatchObject({ older: undefined, newer: undefined, nextInBucket: undefined });
  }
});
