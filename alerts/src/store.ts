import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { AlertState } from './transition.ts';

/** One alert: a rule, a series, and since when. `id` is made at the transition and stays with the alert for its whole life. */
export interface Alert {
  readonly id: string;
  readonly tenant: string;
  readonly rule: string;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: AlertState;
  readonly reason: string;
}

export interface Message {
  /** The `webhook-id`: the same for every try, so that a receiver can tell a repeat. */
  readonly id: string;
  readonly receiver: string;
  readonly body: string;
}

export interface Delivery extends Message {
  readonly attempts: number;
  readonly createdMs: number;
}

export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly atMs: number; readonly error: string }
  | { readonly kind: 'dead'; readonly error: string };

export interface AlertStore {
  alerts(tenant: string, rule?: string): readonly Alert[];
  /** New states and what must be told of them, in one transaction: neither is ever there without the other. */
  commit(change: { readonly alerts: readonly Alert[]; readonly messages: readonly Message[]; readonly nowMs: number }): void;
  /** The oldest message of a receiver that is not settled, if its time has come: order is kept per receiver. */
  due(receiver: string, nowMs: number): Delivery | undefined;
  settle(message: Message, outcome: Outcome, nowMs: number): void;
  counts(): Readonly<Record<'waiting' | 'delivered' | 'dead', number>>;
  close(): void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS alert (
    tenant TEXT NOT NULL, rule TEXT NOT NULL, fingerprint TEXT NOT NULL,
    id TEXT NOT NULL, labels TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (tenant, rule, fingerprint)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, receiver TEXT NOT NULL, body TEXT NOT NULL, created_ms INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL, settled_ms INTEGER, error TEXT,
    UNIQUE (id, receiver)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_waiting ON message (receiver, number) WHERE status = 'waiting';
`;

/**
 * SQLite, as it comes with Node: every commit is on disk before it returns (WAL, synchronous FULL), a crash at any point leaves
 * either the state and its messages or neither. One process at a time.
 */
export function openAlertStore(directory: string): AlertStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'alerts.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE;');
  database.exec(SCHEMA);
  const statement = (sql: string) => database.prepare(sql);
  const selectAlerts = statement('SELECT * FROM alert WHERE tenant = ? AND (? IS NULL OR rule = ?) ORDER BY rule, fingerprint');
  const putAlert = statement(
    'INSERT OR REPLACE INTO alert (tenant, rule, fingerprint, id, labels, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const dropAlert = statement('DELETE FROM alert WHERE tenant = ? AND rule = ? AND fingerprint = ?');
  const addMessage = statement('INSERT OR IGNORE INTO message (id, receiver, body, created_ms, next_ms) VALUES (?, ?, ?, ?, ?)');
  const oldest = statement("SELECT * FROM message WHERE receiver = ? AND status = 'waiting' ORDER BY number LIMIT 1");
  const settle = statement(
    'UPDATE message SET status = ?, attempts = attempts + 1, next_ms = ?, settled_ms = ?, error = ? WHERE id = ? AND receiver = ?',
  );
  const count = statement('SELECT status, count(*) AS messages FROM message GROUP BY status');

  return {
    alerts: (tenant, rule) => selectAlerts.all(tenant, rule ?? null, rule ?? null).map(toAlert),
    commit({ alerts, messages, nowMs }) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const alert of alerts) {
          const { tenant, rule, fingerprint, id, labels, state, reason } = alert;
          if (state.phase === 'inactive') dropAlert.run(tenant, rule, fingerprint);
          else putAlert.run(tenant, rule, fingerprint, id, JSON.stringify(labels), JSON.stringify(state), reason);
        }
        for (const { id, receiver, body } of messages) addMessage.run(id, receiver, body, nowMs, nowMs);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    due(receiver, nowMs) {
      const row = oldest.get(receiver);
      if (!row || Number(row['next_ms']) > nowMs) return undefined;
      return {
        id: String(row['id']),
        receiver,
        body: String(row['body']),
        attempts: Number(row['attempts']),
        createdMs: Number(row['created_ms']),
      };
    },
    settle({ id, receiver }, outcome, nowMs) {
      const status = { delivered: 'delivered', retry: 'waiting', dead: 'dead' }[outcome.kind];
      const nextMs = outcome.kind === 'retry' ? outcome.atMs : nowMs;
      settle.run(
        status,
        nextMs,
        outcome.kind === 'retry' ? null : nowMs,
        outcome.kind === 'delivered' ? null : outcome.error,
        id,
        receiver,
      );
    },
    counts() {
      const found = new Map(count.all().map((row) => [String(row['status']), Number(row['messages'])]));
      return { waiting: found.get('waiting') ?? 0, delivered: found.get('delivered') ?? 0, dead: found.get('dead') ?? 0 };
    },
    close: () => database.close(),
  };
}

function toAlert(row: Record<string, unknown>): Alert {
  return {
    id: String(row['id']),
    tenant: String(row['tenant']),
    rule: String(row['rule']),
    fingerprint: String(row['fingerprint']),
    labels: JSON.parse(String(row['labels'])) as Record<string, string>,
    state: JSON.parse(String(row['state'])) as AlertState,
    reason: String(row['reason']),
  };
}
