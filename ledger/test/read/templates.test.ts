import { DIMENSIONS } from '@tokenledger/model';
import { describe, expect, test } from 'vitest';
import { CALL_ORDERS, callKeysSql, leastOfMostSql, ENTRIES_OF_CALL_SQL, entriesOfCallsSql } from '../../src/read/calls-sql.ts';
import { namesSql } from '../../src/read/apart-names.ts';
import { correctionsSql, firstCallsSql } from '../../src/read/first-calls.ts';
import * as coverage from '../../src/read/coverage.ts';
import { historiesSql } from '../../src/read/histories.ts';
import { LAG_SQL, NEWEST_SQL } from '../../src/read/lag.ts';
import { GROUP_SETTINGS, HALVED_SETTINGS, OF_TENANT, READ_SETTINGS, SCAN_SETTINGS } from '../../src/read/limits.ts';
import { PROMPT_KEYS, promptDetails, promptsSql, varianceSql } from '../../src/read/prompts.ts';
import { runDetails, runsByNameSql, runsSql, runStatisticsSql, stepsOfRuns } from '../../src/read/runs.ts';
import { allTablesSql, eachTableSql } from '../../src/read/rolled.ts';
import { planSegments } from '../../src/read/sources.ts';
import { componentsOf, flatSql, groupsSql } from '../../src/read/spend-sql.ts';
import { stepsOf, stepsSql } from '../../src/read/steps.ts';
import { CALLS_OF_TRACE_SQL, STEPS_OF_TRACE_SQL } from '../../src/read/trace.ts';

const NOW = Date.UTC(2026, 6, 1, 12, 34, 56);

/** One measure per component and shape of ordering. */
const SOME = [
  'cost',
  'calls',
  'error_rate',
  'waste',
  'cache_savings',
  'output_tokens_per_second',
  'estimated_share',
  'tokens',
  'cost_cache_read',
  'latency_p95',
  'ttft_p50',
  'cost_per_call',
];

const spendTemplates = SOME.flatMap((orderBy) =>
  DIMENSIONS.flatMap((dimension) =>
    [null, 60_000, 86_400_000].map((stepMs) => {
      const components = componentsOf([orderBy]);
      const segments = planSegments({ fromMs: NOW - 3 * 86_400_000, toMs: NOW, stepMs, dimensions: [dimension], components, nowMs: NOW });
      const request = {
        segments,
        stepMs,
        groupBy: [dimension],
        search: 'x',
        measures: [orderBy],
        filters: { [dimension]: ["'; DROP TABLE calls"] },
        orderBy,
        direction: 'desc' as const,
        limit: 10,
      };
      return [groupsSql(request).sql, flatSql(request, { stepMs, mostRows: 10 }).sql, flatSql(request, { stepMs, chosen: [['a']] }).sql];
    }),
  ),
);

const range = { from: NOW - 3 * 86_400_000, to: NOW, limit: 10 };
const TRACE = 'a'.repeat(32);
const SPAN = 'b'.repeat(16);
const hostile = { team: ["'; DROP TABLE calls"], model: ['x'] };
const ROLLED = [{}, hostile].flatMap((filters) => [
  historiesSql({ ...range, stepMs: 1_800_000, groupBy: ['team', 'model'], filters }, NOW).sql,
  ...PROMPT_KEYS.flatMap((by) => [
    promptsSql({ ...range, by, filters }, NOW).sql,
    ...eachTableSql(promptDetails({ ...range, by, filters }, ['1'], NOW)).map(({ sql }) => sql),
    varianceSql({ ...range, by, filters, groupBy: 'feature' }, NOW).sql,
  ]),
  runsSql({ ...range, filters }, NOW).sql,
  runsByNameSql({ ...range, filters }, NOW).sql,
  namesSql({ ...range, about: 'runs', key: 'agent', filters, nowMs: NOW }).sql,
  ...[runDetails, stepsOfRuns].flatMap((asked) =>
    allTablesSql(asked({ ...range, filters }, [{ id_0: '1', id_1: '2' }], NOW)).map(({ sql }) => sql),
  ),
  runStatisticsSql({ ...range, filters }, NOW).sql,
  runStatisticsSql({ ...range, filters, groupBy: 'agent' }, NOW).sql,
  ...[['step', 'outcome'] as const].flatMap((groupBy) => {
    const asked = { ...range, filters, groupBy, kind: 'tool' };
    return [stepsSql(asked, NOW).sql, ...eachTableSql(stepsOf(asked, NOW)).map(({ sql }) => sql)];
  }),
]);

const QUALITIES = [
  ...Object.values(coverage.QUALITY).map((asked) => coverage.qualitySql(range, asked, NOW).sql),
  ...(['team', 'customer', 'user'] as const).map((name) => coverage.unsaidSql(range, [name], NOW)),
  coverage.unsaidSql(range, ['team', 'feature'], NOW),
  coverage.FIRST_NOT_BILLABLE_SQL,
  coverage.CORRECTED_NOT_BILLABLE_SQL,
];

const everyFilter = Object.fromEntries(DIMENSIONS.map((name) => [name, ['x']]));
const TEMPLATES = new Map([
  ['entries of calls', entriesOfCallsSql(false)],
  ['entries of calls, in brief', entriesOfCallsSql(true)],
  ['entries of a call', ENTRIES_OF_CALL_SQL],
  ['the newest call', NEWEST_SQL],
  ['lag', LAG_SQL],
  ['calls of a trace', CALLS_OF_TRACE_SQL],
  ['steps of a trace', STEPS_OF_TRACE_SQL],
  [
    'keys of calls',
    callKeysSql({ limit: 1, from: 0, to: 1, traceId: TRACE, filters: everyFilter, after: { timeMs: 0, traceId: TRACE, spanId: SPAN } }).sql,
  ],
  ['keys of any calls', callKeysSql({ limit: 1 }).sql],
  ...CALL_ORDERS.flatMap((orderBy) => {
    const asked = {
      limit: 1,
      from: 0,
      to: 1,
      traceId: TRACE,
      filters: everyFilter,
      orderBy,
      after: { timeMs: 0, traceId: TRACE, spanId: SPAN },
    };
    return [
      [`first calls by ${orderBy}`, firstCallsSql(asked).sql],
      [`what was corrected of calls by ${orderBy}`, correctionsSql(asked).sql],
    ] as const;
  }),
  ['the dearest calls', leastOfMostSql({ limit: 1, orderBy: 'cost', filters: everyFilter }).sql],
  ...CALL_ORDERS.map((orderBy) => [`keys of calls by ${orderBy}`, callKeysSql({ limit: 1, orderBy }).sql] as const),
  ...[...ROLLED, ...QUALITIES].map((sql, index) => [`rolled ${index}`, sql] as const),
  ...Object.entries(coverage).flatMap(([name, sql]) => (typeof sql === 'string' ? [[name, sql] as const] : [])),
  ...spendTemplates.flat().map((sql, index) => [`spend ${index}`, sql] as const),
]);

const count = (sql: string, pattern: RegExp) => [...sql.matchAll(pattern)].length;

describe('every read', () => {
  test("reads only the tenant's rows, from every table it names", () => {
    expect(TEMPLATES.size).toBeGreaterThan(100);
    for (const [name, sql] of TEMPLATES) {
      const tables = count(
        sql,
        /\bFROM (calls|spans|usage_1m|usage_1h|customer_1h|user_1d|run_1h|run_step_1h|step_1h|prompt_1d|prompt_1ms|template_1h|quality_1h)\b/g,
      );
      expect(tables, name).toBeGreaterThan(0);
      expect(count(sql, /\bFROM \w/g), name).toBe(tables);
      expect(sql.split(OF_TENANT).length - 1, name).toBe(tables);
    }
  });

  test('of prompts is answered without `calls`, whenever its range begins and ends', () => {
    const odd = { from: NOW - 7 * 86_400_000 + 1_234_567, to: NOW - 7_654_321, by: 'prompt_fingerprint', limit: 10 } as const;
    const asked = [promptsSql(odd, NOW), varianceSql({ ...odd, groupBy: 'model' }, NOW), ...eachTableSql(promptDetails(odd, ['1'], NOW))];
    const tables = new Set(asked.flatMap(({ sql }) => [...sql.matchAll(/\bFROM (\w+)/g)].map(([, table]) => table)));
    expect(tables).toEqual(new Set(['prompt_1d', 'prompt_1ms']));
  });

  test('ends with limits of time, memory and rows', () => {
    const ENDS = [READ_SETTINGS, SCAN_SETTINGS, GROUP_SETTINGS, HALVED_SETTINGS];
    for (const [name, sql] of TEMPLATES) {
      expect(
        ENDS.some((end) => sql.endsWith(end)),
        name,
      ).toBe(true);
    }
    for (const limit of ['max_execution_time', 'max_memory_usage', 'max_rows_to_read', 'max_result_rows'])
      for (const end of ENDS) expect(end).toContain(limit);
  });

  test("carries callers' values as parameters only", () => {
    for (const [name, sql] of TEMPLATES) expect(sql, name).not.toContain('DROP TABLE');
  });
});
