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

/** By their numbers. */
export async function namesOf(run: RunQuery, names: Sql | undefined): Promise<ReadonlyMap<string, string>> {
  const rows = names ? await run<{ readonly name: string; readonly apart: string }>(names.sql, names.params) : [];
  return new Map(rows.map(({ name, apart }) => [apart, name]));
}

interface Group {
  readonly group: string | undefined;
  readonly cost: PicoUsd | null;
}

/** Dearest first, those of the same cost by name. */
export const byCostThenGroup = (a: Group, b: Group) =>
  Number((b.cost ?? 0n) - (a.cost ?? 0n)) || Buffer.compare(Buffer.from(a.group ?? ''), Buffer.from(b.group ?? ''));
