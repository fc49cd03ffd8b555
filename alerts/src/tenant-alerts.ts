import { randomUUID } from 'node:crypto';
import type { TenantReader } from '@tokenledger/ledger';
import { withExhaustion } from './conditions/exhausted-since.ts';
import { isBudgetRule, type BudgetRule, type Outlook, readOutlooks } from './conditions/budget-outlook.ts';
import type { Window } from './conditions/series.ts';
import { send } from './deliver.ts';
import { guardedAgent } from './guarded-agent.ts';
import { linksOf } from './links.ts';
import { type Expectation, readExpectation, readForecast } from './outlook.ts';
import { toPayload } from './payload.ts';
import { previewRule } from './preview.ts';
import { type Receiver, type ReceiverInput, receiverSchema } from './receiver.ts';
import { type Rule, type RuleInput, ruleSchema } from './rule.ts';
import type { Silence, SilenceInput } from './silence.ts';
import type { Alert, AlertStore, Happening, Letter, Outcome } from './store.ts';

export interface RuleEntry {
  readonly rule: Rule;
  /** `builtin` ones ship with Tokenledger, `file` ones are the operator's, `api` ones can be changed here. */
  readonly origin: 'builtin' | 'file' | 'api';
}

export interface Annotation {
  readonly timeMs: number;
  readonly endMs?: number | undefined;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}

/** From the firing of an anomaly to its end. */
export interface Incident {
  readonly alertId: string;
  readonly rule: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, string>>;
  readonly fromMs: number;
  /** Absent while it fires. */
  readonly toMs?: number | undefined;
}

export interface TenantAlertsOptions {
  readonly tenant: string;
  readonly reader: TenantReader;
  readonly store: AlertStore;
  readonly given: readonly RuleEntry[];
  /** The operator's; a tenant sees their names, never where they are. */
  readonly operatorReceivers: readonly Receiver[];
  /** Of no other tenant is anything sent: what goes to the operator's receivers is its own. */
  readonly isAlone: boolean;
  readonly publicUrl: string;
  readonly now: () => number;
}

/** Everything about the alerts of one tenant. What is put here overrides the operator's rule of the same name. */
export interface TenantAlerts {
  readonly active: () => readonly Alert[];
  readonly history: (range: Window, limit: number) => readonly Happening[];
  readonly annotations: (range: Window) => readonly Annotation[];
  /** What anomaly rules found, newest first. */
  readonly incidents: (range: Window, limit: number) => readonly Incident[];
  readonly dashboardOf: (alert: Alert) => string;
  readonly rules: () => readonly RuleEntry[];
  readonly putRule: (rule: RuleInput) => void;
  readonly removeRule: (name: string) => boolean;
  readonly preview: (rule: Rule, range: Window) => ReturnType<typeof previewRule>;
  readonly budgets: () => Promise<readonly { readonly rule: BudgetRule; readonly outlooks: readonly Outlook[] }[]>;
  /** All spend, to the end of the month. */
  readonly forecast: () => Promise<Outlook | undefined>;
  /** Spend by the hour beside what is normal. */
  readonly expectation: (range: Window) => Promise<readonly Expectation[]>;
  readonly silences: () => readonly Silence[];
  readonly addSilence: (silence: SilenceInput) => Silence;
  readonly removeSilence: (id: string) => boolean;
  /** The tenant's own. */
  readonly receivers: () => readonly Receiver[];
  readonly operatorReceiverNames: () => readonly string[];
  readonly putReceiver: (receiver: ReceiverInput) => void;
  readonly removeReceiver: (name: string) => boolean;
  /** Sends a message now, outside the outbox. @returns undefined when there is no such receiver */
  readonly testReceiver: (name: string) => Promise<Outcome | undefined>;
  readonly deliveries: (limit: number) => readonly Letter[];
  readonly deliveryCounts: () => Readonly<Record<Letter['status'], number>>;
  readonly redeliver: (id: string, receiver: string) => boolean;
}

const TEST_TIMEOUT_MS = 10_000;
const TEST_WINDOW_MS = 3_600_000;
const MOST_ANNOTATIONS = 1000;
const DAY_MS = 86_400_000;

export const boxOf = (tenant: string, name: string) => `${tenant}/${name}`;

export function tenantAlerts(options: TenantAlertsOptions): TenantAlerts {
  const { tenant, reader, store, given, operatorReceivers, isAlone, publicUrl, now } = options;
  const receivers = () => store.receivers.list(tenant).map((each) => receiverSchema.parse(each));
  const rules = (): readonly RuleEntry[] => {
    const own = store.rules.list(tenant).map((each) => ({ rule: ruleSchema.parse(each), origin: 'api' as const }));
    const names = new Set(own.map(({ rule }) => rule.name));
    return [...given.filter(({ rule }) => !names.has(rule.name)), ...own];
  };
  const operatorBoxes = isAlone ? operatorReceivers.map(({ name }) => name) : [];
  const boxes = () => [...receivers().map(({ name }) => boxOf(tenant, name)), ...operatorBoxes];
  const history = (range: Window, limit: number) => store.history(tenant, range, limit);
  return {
    active: () => store.alerts(tenant),
    history,
    annotations: (range) => toAnnotations(history(range, MOST_ANNOTATIONS)),
    incidents: (range, limit) => toIncidents(history(range, MOST_ANNOTATIONS), store.alerts(tenant)).slice(0, limit),
    dashboardOf: ({ rule: name, labels, state }) => {
      const rule = rules().find(({ rule: each }) => each.name === name)?.rule ?? { group_by: [], filters: {}, window: DAY_MS };
      const since = state.phase === 'inactive' ? now() : state.since;
      return linksOf({ rule, labels, window: { from: since - rule.window, to: now() }, publicUrl }).dashboard;
    },
    rules,
    putRule: (rule) => store.rules.put(tenant, rule.name, rule),
    removeRule: (name) => store.rules.remove(tenant, name),
    preview: (rule, range) => previewRule(rule, { tenant, reader }, range),
    budgets: () =>
      Promise.all(
        rules()
          .map(({ rule }) => rule)
          .filter(isBudgetRule)
          .map(async (rule) => {
            const at = now();
            return { rule, outlooks: await withExhaustion(rule, reader, await readOutlooks(rule, reader, at), at) };
          }),
      ),
    forecast: () => readForecast(reader, now()),
    expectation: (range) => readExpectation(reader, range),
    silences: () => store.silences.list(tenant),
    addSilence: (input) => {
      const silence = { ...input, id: randomUUID() };
      store.silences.put(tenant, silence.id, silence);
      return silence;
    },
    removeSilence: (id) => store.silences.remove(tenant, id),
    receivers,
    operatorReceiverNames: () => operatorReceivers.map(({ name }) => name),
    putReceiver: (receiver) => store.receivers.put(tenant, receiver.name, { ...receiver, allow_private: false }),
    removeReceiver: (name) => store.receivers.remove(tenant, name),
    testReceiver: async (name) => {
      const receiver = receivers().find((each) => each.name === name);
      return receiver && sendTest(receiver, options);
    },
    deliveries: (limit) => store.letters(boxes(), limit),
    deliveryCounts: () => store.counts(boxes()),
    redeliver: (id, receiver) =>
      [boxOf(tenant, receiver), ...operatorBoxes.filter((box) => box === receiver)].some((box) => store.redeliver(id, box, now())),
  };
}

async function sendTest(receiver: Receiver, { tenant, publicUrl, now }: TenantAlertsOptions): Promise<Outcome> {
  const rule = { name: 'test', group_by: [] };
  const labels = { alertname: 'test', severity: 'info' };
  const reason = 'this is a test; nothing is wrong';
  const state = { phase: 'inactive' as const };
  const about = { tenant, rule: 'test', fingerprint: '0000000000000000', told: false, incident: '', receivers: [], facts: {} };
  const alert = { id: randomUUID(), labels, state, reason, ...about };
  const at = now();
  const alerts = [{ alert, startedMs: at, window: { from: at - TEST_WINDOW_MS, to: at } }];
  const body = toPayload({ rule, alerts, status: 'firing', incident: { key: alert.id, firing: 1 }, now: at, publicUrl });
  const agent = guardedAgent({ allowPrivate: receiver.allow_private, timeoutMs: TEST_TIMEOUT_MS });
  try {
    const delivery = { id: `msg_${alert.id}_test`, receiver: receiver.name, body, attempts: 0, createdMs: at };
    return await send(receiver, delivery, { agent, now: Date.now, retryAfterMs: [], signal: AbortSignal.timeout(TEST_TIMEOUT_MS) });
  } finally {
    await agent.destroy();
  }
}

function toIncidents(happenings: readonly Happening[], active: readonly Alert[]): readonly Incident[] {
  const found = new Map<string, Incident>();
  // Newest first: the end of an incident, which knows more, comes before its start.
  for (const { alertId, rule, labels, facts, event, atMs } of happenings) {
    // Only an anomaly says what it cost beyond what was expected.
    if (facts['impact_usd'] === undefined) continue;
    const known = found.get(alertId);
    const now = active.find(({ id }) => id === alertId);
    if (event === 'resolved') found.set(alertId, { alertId, rule, labels, facts, fromMs: atMs, toMs: atMs });
    else found.set(alertId, { alertId, rule, labels, facts: known?.facts ?? now?.facts ?? facts, fromMs: atMs, toMs: known?.toMs });
  }
  return [...found.values()];
}

/** A firing and its end are one mark. */
function toAnnotations(happenings: readonly Happening[]): readonly Annotation[] {
  const ends = new Map(happenings.flatMap(({ alertId, event, atMs }) => (event === 'resolved' ? [[alertId, atMs] as const] : [])));
  return happenings
    .filter(({ event }) => event === 'firing')
    .map(({ alertId, rule, labels, reason, atMs }) => ({
      timeMs: atMs,
      endMs: ends.get(alertId),
      title: rule,
      text: reason,
      tags: ['alert', labels['severity'] ?? 'warning'],
    }));
}
