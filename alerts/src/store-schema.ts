import type { DatabaseSync } from 'node:sqlite';

/** Each brings a database one version further (`PRAGMA user_version`); what is there is never changed. */
const MIGRATIONS = [
  `CREATE TABLE IF NOT EXISTS alert (
    tenant TEXT NOT NULL, rule TEXT NOT NULL, fingerprint TEXT NOT NULL,
    id TEXT NOT NULL, labels TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (tenant, rule, fingerprint)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, receiver TEXT NOT NULL, body TEXT NOT NULL, created_ms INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL, settled_ms INTEGER, error TEXT,
    UNIQUE (id, receiver)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_waiting ON message (receiver, number) WHERE status = 'waiting';`,
  // Who is firing when this version arrives was told.
  `ALTER TABLE alert ADD COLUMN told INTEGER NOT NULL DEFAULT 1;
  CREATE TABLE happening (
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, alert_id TEXT NOT NULL, rule TEXT NOT NULL, fingerprint TEXT NOT NULL,
    labels TEXT NOT NULL, event TEXT NOT NULL, at_ms INTEGER NOT NULL, reason TEXT NOT NULL
  ) STRICT;
  CREATE INDEX happening_time ON happening (tenant, at_ms);
  CREATE TABLE document (
    kind TEXT NOT NULL, tenant TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, tenant, name)
  ) STRICT;`,
  `ALTER TABLE alert ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE happening ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';`,
  `ALTER TABLE alert ADD COLUMN incident TEXT NOT NULL DEFAULT '';
  CREATE INDEX happening_series ON happening (tenant, fingerprint, at_ms);`,
  `ALTER TABLE alert ADD COLUMN receivers TEXT NOT NULL DEFAULT '[]';`,
];

/** Brings a database to the newest version. */
export function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index >= version) database.exec(`BEGIN IMMEDIATE; ${sql} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
