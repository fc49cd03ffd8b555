import type { PicoUsd } from '@tokenledger/model';
import { READ_SETTINGS } from './limits.ts';
import type { RolledQuery } from './rolled-query.ts';
import { apartSql, rolledSql } from './rolled.ts';
import type { RunQuery } from './run-query.ts';
import type { Sql } from './spend-sql.ts';

interface NamesQuery extends Pick<RolledQuery, 'about' | 'from' | 'to' | 'nowMs' | 'filters'> {
  readonly key: string;
}

/** The texts of a key whose groups were found by their numbers. */
export function namesSql({ key, ...query }: NamesQuery): Sql {
  const { sql, params } = rolledSql({ ...query, keys: [key], sums: [] });
  return { sql: `SELECT toString(${key}) AS name, ${apartSql(key)} AS apart\nFROM (\n${sql}\n)\n${READ_SETTINGS}`, params };
}

export type NamesOf = (numbers: readonly string[], query: NamesQuery) => Promise<ReadonlyMap<string, string>>;

const MOST_KNOWN = 1000;

/** Names of numbers, which mean the same for ever: those that were shown are not asked for again, which is a sixth of what they are groups of. */
export function rememberNames(run: RunQuery): NamesOf {
  const known = new Map<string, string>();
  return async (numbers, query) => {
    if (numbers.every((number) => known.has(number))) return new Map(known);
    const { sql, params } = namesSql(query);
    const rows = await run<{ readonly name: string; readonly apart: string }>(sql, params);
    const names = new Map(rows.map(({ name, apart }) => [apart, name]));
    if (known.size > MOST_KNOWN) known.clear();
    for (const number of numbers) known.set(number, names.get(number) ?? '');
    return names;
  };
}

interface Group {
  readonly group: string | undefined;
  readonly cost: PicoUsd | null;
}

/** Dearest first, those of the same cost by name. */
export const byCostThenGroup = (a: Group, b: Group) =>
  Number((b.cost ?? 0n) - (a.cost ?? 0n)) || Buffer.compare(Buffer.from(a.group ?? ''), Buffer.from(b.group ?? ''));
