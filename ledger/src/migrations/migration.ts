import { workedOut } from './worked-out.ts';
import type { Change, CreateTable, CreateView } from './change.ts';
import type { Rollup } from './rollup.ts';

/**
 * A migration is data: what it creates, written once. `renderMigration` turns it into the statements of an embedded engine or
 * a single server, or of a cluster, where each table becomes a Replicated `<table>_local` on every shard behind a Distributed
 * `<table>`. A released migration never changes; a change of schema is a new one.
 */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  readonly changes: readonly Change[];
  /** Those among the changes: they are filled from what the ledger has already, and reconciled from then on. */
  readonly rollups?: readonly Rollup[];
}

/** Where the statements will run: no `cluster` means one engine, embedded or a server. */
export interface Topology {
  readonly database: string;
  readonly cluster?: string | undefined;
}

/** Statements in the order they must run. Each can be run twice. */
export function renderMigration(migration: Migration, topology: Topology): readonly string[] {
  return migration.changes.flatMap((change) => ('view' in change ? [renderView(change, topology)] : renderTable(change, topology)));
}

export function renderCreateDatabase({ database, cluster }: Topology): string {
  return `CREATE DATABASE IF NOT EXISTS ${quoteName(database)}${onCluster(cluster)} ENGINE = Atomic`;
}

function renderTable(change: CreateTable, { database, cluster }: Topology): readonly string[] {
  const isKept = change.engine !== 'Null';
  const engine = `${cluster && isKept ? 'Replicated' : ''}${change.engine}`;
  const stored =
    `CREATE TABLE IF NOT EXISTS ${localName(database, change.table, cluster)}${onCluster(cluster)} (\n${change.columns}\n) ENGINE = ${engine}\n${change.clauses}`.trimEnd();
  if (!cluster || !isKept) return [stored];
  const place = [quoteText(cluster), quoteText(database), quoteText(`${change.table}_local`), change.shardBy].join(', ');
  const spread = `CREATE TABLE IF NOT EXISTS ${tableName(database, change.table)}${onCluster(cluster)} AS ${localName(database, change.table, cluster)}\nENGINE = Distributed(${place})`;
  return [stored, spread];
}

function renderView(change: CreateView, { database, cluster }: Topology): string {
  const head = `CREATE MATERIALIZED VIEW IF NOT EXISTS ${tableName(database, change.view)}${onCluster(cluster)} TO ${localName(database, change.to, cluster)}`;
  const spelled = change.from === 'calls' ? workedOut : (sql: string) => sql;
  return `${head} AS\nSELECT\n${spelled(change.select)}\nFROM ${localName(database, change.from, cluster)}\n${spelled(change.groupBy)}`.trimEnd();
}

export const onCluster = (cluster: string | undefined) => (cluster ? ` ON CLUSTER ${quoteText(cluster)}` : '');
export const tableName = (database: string, table: string) => `${quoteName(database)}.${table}`;
const localName = (database: string, table: string, cluster: string | undefined) => tableName(database, cluster ? `${table}_local` : table);
export const quoteText = (text: string) => `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
const quoteName = (text: string) => `\`${text.replace(/[\\`]/g, String.raw`\$&`)}\``;
