import { PICO_PER_USD } from '@tokenledger/model';
import { toMoney } from '../stored-call.ts';
import type { RolledQuery } from './rolled-query.ts';
import { eachTableSql, typesOf } from './rolled.ts';
import type { RunQuery } from './run-query.ts';

/** What a few groups add up to. */
export interface GroupSums {
  readonly keys: Readonly<Record<string, string>>;
  /** Counts as they are, decimals times 10^12. */
  readonly sums: Readonly<Record<string, bigint>>;
  readonly maps: Readonly<Record<string, ReadonlyMap<string, bigint>>>;
}

interface Row {
  readonly sign: number;
  /** Texts of the keys, by their places. */
  readonly keys: readonly string[];
  readonly [sum: `sum_${string}`]: string | undefined;
  readonly [map: `map_${string}`]: Readonly<Record<string, string>> | undefined;
}

/**
 * Each table is asked by itself, at the same time, and what they say is added up here: for the few groups that are shown, ClickHouse works longer on what a
 * question of several tables means than on the answer. Where other questions use the processors meanwhile, the tables are better asked by one (`allTablesSql`).
 */
export async function readGroupSums(run: RunQuery, query: RolledQuery, askedSql = eachTableSql): Promise<readonly GroupSums[]> {
  const answers = await Promise.all(askedSql(query).map(({ sql, params }) => run<Row>(sql, params)));
  const { numbers, maps } = typesOf(query);
  const rows = Map.groupBy(answers.flat(), (row) => JSON.stringify(row.keys));
  return [...rows.values()].map((of) => ({
    keys: Object.fromEntries(query.keys.map((key, place) => [key, of[0]?.keys[place] ?? ''])),
    sums: Object.fromEntries(numbers.map(([name, type]) => [name, sumOf(of, name, type)])),
    maps: Object.fromEntries(maps.map(([name]) => [name, mapOf(of, name)])),
  }));
}

function sumOf(rows: readonly Row[], name: string, type: string): bigint {
  const parse = type.startsWith('Decimal') ? toMoney : BigInt;
  return rows.reduce((sum, row) => sum + BigInt(row.sign) * parse(row[`sum_${name}`] ?? '0'), 0n);
}

function mapOf(rows: readonly Row[], name: string): ReadonlyMap<string, bigint> {
  const map = new Map<string, bigint>();
  for (const row of rows)
    for (const [key, value] of Object.entries(row[`map_${name}`] ?? {}))
      map.set(key, (map.get(key) ?? 0n) + BigInt(row.sign) * BigInt(value));
  return map;
}

/** Of a decimal: a number of tokens. */
export const quantityOf = (sum: bigint) => Number(sum / PICO_PER_USD) + Number(sum % PICO_PER_USD) / Number(PICO_PER_USD);
