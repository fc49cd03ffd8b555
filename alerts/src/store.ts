import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ReceiverInput } from './receiver.ts';
import type { RuleInput } from './rule.ts';
import type { Silence } from './silence.ts';
import { migrate } from './store-schema.ts';
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
  /** What else is known of it, for people: value, threshold, what was expected, why. The end of an alert keeps what was last known. */
  readonly facts: Readonly<Record<string, string>>;
  /** Its firing was told, so that its end must be told. A silenced alert is told when the silence ends. */
  readonly told: boolean;
  /** What began together has one; empty until it is told. */
  readonly incident: string;
  /** Outbox names of those who were told that it fires: they are told of its end. */
  readonly receivers: readonly string[];
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

export interface Letter {
  readonly id: string;
  readonly receiver: string;
  readonly status: 'waiting' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly createdMs: number;
  readonly error: string | null;
}

export type Outcome =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly atMs: number; readonly error: string }
  | { readonly kind: 'dead'; readonly error: string };

/** What happened to an alert, kept for `HISTORY_KEPT_MS`. */
export interface Happening {
  readonly tenant: string;
  readonly alertId: string;
  readonly rule: string;
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly event: 'firing' | 'resolved';
  readonly atMs: number;
  readonly reason: string;
  readonly facts: Readonly<Record<string, string>>;
}

export interface Change {
  readonly alerts: readonly Alert[];
  readonly messages: readonly Message[];
  readonly happenings: readonly Happening[];
  readonly nowMs: number;
}

export interface AlertStore {
  alerts(tenant: string, rule?: string): readonly Alert[];
  /** New states, what must be told of them and what is remembered, in one transaction: none is ever there without the others. */
  commit(change: Change): void;
  history(tenant: string, range: { readonly from: number; readonly to: number }, limit: number): readonly Happening[];
  /** How often a series began to fire since then. */
  firings(tenant: string, fingerprint: string, sinceMs: number): number;
  /** The oldest message of a receiver that is not settled, if its time has come: order is kept per receiver. */
  due(receiver: string, nowMs: number): Delivery | undefined;
  settle(message: Message, outcome: Outcome, nowMs: number): void;
  letters(receivers: readonly string[], limit: number): readonly Letter[];
  /** A dead letter waits again, under its old id. @returns false when there is no such dead letter */
  redeliver(id: string, receiver: string, nowMs: number): boolean;
  /** Of some receivers; default all. */
  counts(receivers?: readonly string[]): Readonly<Record<Letter['status'], number>>;
  /** What tenants set over HTTP, by name. */
  readonly rules: Shelf<RuleInput>;
  readonly receivers: Shelf<ReceiverInput>;
  readonly silences: Shelf<Silence>;
  close(): void;
}

/** Documents of a tenant by name. */
export interface Shelf<Document> {
  list(tenant: string): readonly Document[];
  put(tenant: string, name: string, document: Document): void;
  /** @returns false when there was none */
  remove(tenant: string, name: string): boolean;
}

class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
}

const SQLITE_BUSY = 5;
const isLocked = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;

const HISTORY_KEPT_MS = 90 * 86_400_000;

/**
 * SQLite, as it comes with Node: every commit is on disk before it returns (WAL, synchronous FULL), a crash at any point leaves
 * either the state and its messages or neither. One process at a time.
 * @throws DirectoryInUseError
 */
export function openAlertStore(directory: string): AlertStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(directory, 'alerts.db'));
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE;');
    migrate(database);
  } catch (cause) {
    database.close();
    throw isLocked(cause) ? new DirectoryInUseError(`${directory} is in use by another process`, { cause }) : cause;
  }
  const statement = (sql: string) => database.prepare(sql);
  const selectAlerts = statement('SELECT * FROM alert WHERE tenant = ? AND (? IS NULL OR rule = ?) ORDER BY rule, fingerprint');
  const putAlert = statement(
    'INSERT OR REPLACE INTO alert (tenant, rule, fingerprint, id, labels, state, reason, told, facts, incident, receivers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const dropAlert = statement('DELETE FROM alert WHERE tenant = ? AND rule = ? AND fingerprint = ?');
  const addMessage = statement('INSERT OR IGNORE INTO message (id, receiver, body, created_ms, next_ms) VALUES (?, ?, ?, ?, ?)');
  const addHappening = statement(
    'INSERT INTO happening (tenant, alert_id, rule, fingerprint, labels, event, at_ms, reason, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const forget = statement('DELETE FROM happening WHERE at_ms < ?');
  const forgetMessages = statement("DELETE FROM message WHERE status != 'waiting' AND settled_ms < ?");
  const selectHistory = statement('SELECT * FROM happening WHERE tenant = ? AND at_ms >= ? AND at_ms < ? ORDER BY number DESC LIMIT ?');
  const countFirings = statement(
    "SELECT count(*) AS firings FROM happening WHERE tenant = ? AND fingerprint = ? AND at_ms >= ? AND event = 'firing'",
  );
  const oldest = statement("SELECT * FROM message WHERE receiver = ? AND status = 'waiting' ORDER BY number LIMIT 1");
  const settle = statement(
    'UPDATE message SET status = ?, attempts = attempts + 1, next_ms = ?, settled_ms = ?, error = ? WHERE id = ? AND receiver = ?',
  );
  const revive = statement(
    "UPDATE message SET status = 'waiting', attempts = 0, next_ms = ?, settled_ms = NULL WHERE id = ? AND receiver = ? AND status = 'dead'",
  );
  const selectLetters = statement('SELECT * FROM message WHERE receiver IN (SELECT value FROM json_each(?)) ORDER BY number DESC LIMIT ?');
  const count = statement(
    'SELECT status, count(*) AS messages FROM message WHERE ? IS NULL OR receiver IN (SELECT value FROM json_each(?)) GROUP BY status',
  );

  return {
    alerts: (tenant, rule) => selectAlerts.all(tenant, rule ?? null, rule ?? null).map(toAlert),
    commit({ alerts, messages, happenings, nowMs }) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { tenant, rule, fingerprint, id, labels, state, reason, told, facts, incident, receivers } of alerts) {
          if (state.phase === 'inactive') dropAlert.run(tenant, rule, fingerprint);
          else
            putAlert.run(
              tenant,
              rule,
              fingerprint,
              id,
              JSON.stringify(labels),
              JSON.stringify(state),
              reason,
              told ? 1 : 0,
              JSON.stringify(facts),
              incident,
              JSON.stringify(receivers),
            );
        }
        for (const { id, receiver, body } of messages) addMessage.run(id, receiver, body, nowMs, nowMs);
        for (const { tenant, alertId, rule, fingerprint, labels, event, atMs, reason, facts } of happenings) {
          addHappening.run(tenant, alertId, rule, fingerprint, JSON.stringify(labels), event, atMs, reason, JSON.stringify(facts));
        }
        if (happenings.length > 0) {
          forget.run(nowMs - HISTORY_KEPT_MS);
          forgetMessages.run(nowMs - HISTORY_KEPT_MS);
        }
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    history: (tenant, { from, to }, limit) => selectHistory.all(tenant, from, to, limit).map(toHappening),
    firings: (tenant, fingerprint, sinceMs) => Number(countFirings.get(tenant, fingerprint, sinceMs)?.['firings'] ?? 0),
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
    letters: (receivers, limit) => selectLetters.all(JSON.stringify(receivers), limit).map(toLetter),
    redeliver: (id, receiver, nowMs) => revive.run(nowMs, id, receiver).changes === 1,
    counts(receivers) {
      const chosen = receivers === undefined ? null : JSON.stringify(receivers);
      const found = new Map(count.all(chosen, chosen).map((row) => [String(row['status']), Number(row['messages'])]));
      return { waiting: found.get('waiting') ?? 0, delivered: found.get('delivered') ?? 0, dead: found.get('dead') ?? 0 };
    },
    rules: shelfOf(database, 'rule'),
    receivers: shelfOf(database, 'receiver'),
    silences: shelfOf(database, 'silence'),
    close: () => database.close(),
  };
}

function shelfOf<Document>(database: DatabaseSync, kind: string): Shelf<Document> {
  const select = database.prepare('SELECT body FROM document WHERE kind = ? AND tenant = ? ORDER BY name');
  const put = database.prepare('INSERT OR REPLACE INTO document (kind, tenant, name, body) VALUES (?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM document WHERE kind = ? AND tenant = ? AND name = ?');
  return {
    list: (tenant) => select.all(kind, tenant).map((row) => JSON.parse(String(row['body'])) as Document),
    put: (tenant, name, document) => void put.run(kind, tenant, name, JSON.stringify(document)),
    remove: (tenant, name) => remove.run(kind, tenant, name).changes === 1,
  };
}

type Row = Record<string, unknown>;
const text = (row: Row, name: string) => String(row[name]);
const textsOf = (row: Row, name: 'labels' | 'facts') => JSON.parse(text(row, name)) as Record<string, string>;

function toAlert(row: Row): Alert {
  return {
    id: text(row, 'id'),
    tenant: text(row, 'tenant'),
    rule: text(row, 'rule'),
    fingerprint: text(row, 'fingerprint'),
    labels: textsOf(row, 'labels'),
    state: JSON.parse(text(row, 'state')) as AlertState,
    reason: text(row, 'reason'),
    facts: textsOf(row, 'facts'),
    told: row['told'] === 1,
    incident: text(row, 'incident'),
    receivers: JSON.parse(text(row, 'receivers')) as string[],
  };
}

function toHappening(row: Row): Happening {
  return {
    tenant: text(row, 'tenant'),
    alertId: text(row, 'alert_id'),
    rule: text(row, 'rule'),
    fingerprint: text(row, 'fingerprint'),
    labels: textsOf(row, 'labels'),
    event: text(row, 'event') as Happening['event'],
    atMs: Number(row['at_ms']),
    reason: text(row, 'reason'),
    facts: textsOf(row, 'facts'),
  };
}

function toLetter(row: Row): Letter {
  return {
    id: text(row, 'id'),
    receiver: text(row, 'receiver'),
    status: text(row, 'status') as Letter['status'],
    attempts: Number(row['attempts']),
    createdMs: Number(row['created_ms']),
    error: row['error'] === null ? null : text(row, 'error'),
  };
}
