import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, LedgerError } from '@tokenledger/ledger';
import { DEFAULT_TENANT, type TenantId } from '@tokenledger/model';
import type { Logger } from 'pino';
import { createWatches } from './conditions/watch.ts';
import { DEFAULT_RULES } from './default-rules.ts';
import { find } from './conditions/find.ts';
import { applyFindings } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import { type Addressee, PostOffice } from './post-office.ts';
import type { Receiver } from './receiver.ts';
import { retireAlerts } from './retire.ts';
import type { Rule } from './rule.ts';
import { isInhibited, isSilenced } from './silence.ts';
import { sharingReader } from './sharing-reader.ts';
import { type Alert, openAlertStore } from './store.ts';
import { boxOf, type TenantAlerts, tenantAlerts } from './tenant-alerts.ts';

export interface AlertsOptions {
  readonly ledger: Pick<Ledger, 'forTenant'>;
  /** Holds the state and the outbox; one process at a time. */
  readonly stateDir: string;
  readonly rules: readonly Rule[];
  readonly receivers: readonly Receiver[];
  readonly tenants?: readonly TenantId[];
  readonly intervalMs?: number;
  /** Where the query API is reached by those who read the alert; a function where that is only known later. */
  readonly publicUrl: string | (() => string);
  readonly log: Logger;
  /** The clock that rules run on; deliveries keep the real one. */
  readonly now?: () => number;
  readonly retryAfterMs?: readonly number[];
  /** An alert that fired lately is believed to be over this much later each time. */
  readonly flapMs?: number;
  /** How often an Alertmanager is given the state of all alerts. */
  readonly pushIntervalMs?: number;
}

/** How the evaluation of rules goes, since the start. */
export interface Progress {
  /** Times that all rules of all tenants were gone through. */
  readonly rounds: number;
  /** Evaluations of one rule that failed: what the rule said before still stands. */
  readonly failures: number;
  readonly lastRoundEndedMs?: number;
  readonly lastRoundTookMs?: number;
}

export interface Alerts {
  readonly progress: () => Progress;
  /** What is pending or firing now. */
  readonly list: (tenant: TenantId) => readonly Alert[];
  readonly deliveries: () => Readonly<Record<'waiting' | 'delivered' | 'dead', number>>;
  readonly forTenant: (tenant: TenantId) => TenantAlerts;
  readonly stop: () => Promise<void>;
}

const INTERVAL_MS = 30_000;
const PUSH_INTERVAL_MS = 60_000;
const FLAP_MS = 5 * 60_000;
/** Of one tenant in one round. */
const MOST_INVESTIGATED = 12;
/** A resolved alert is said to be over for so long, in case a push is lost. */
const RESOLVED_PUSHED_MS = 15 * 60_000;
/** What is worse is known first, so that it can inhibit the rest. */
const SEVERITIES = ['critical', 'warning', 'info'];

/** Evaluates every rule for every tenant at an interval, and delivers. A restart neither fires again nor forgets to resolve. */
export function startAlerts(options: AlertsOptions): Alerts {
  const { ledger, stateDir, receivers, log, tenants = [DEFAULT_TENANT], intervalMs = INTERVAL_MS, now = Date.now } = options;
  const urlOf = () => (typeof options.publicUrl === 'string' ? options.publicUrl : options.publicUrl());
  const store = openAlertStore(stateDir);
  const given = options.rules.map((rule) => ({ rule, origin: DEFAULT_RULES.includes(rule) ? ('builtin' as const) : ('file' as const) }));
  const watches = createWatches();
  const forTenant = (tenant: TenantId) =>
    tenantAlerts({
      tenant,
      reader: ledger.forTenant(tenant),
      store,
      given,
      operatorReceivers: receivers,
      isAlone: tenants.length === 1,
      publicUrl: urlOf(),
      now,
    });
  const office = new PostOffice({
    store,
    log,
    retryAfterMs: options.retryAfterMs,
    pushIntervalMs: options.pushIntervalMs ?? PUSH_INTERVAL_MS,
    stateOf: (of, untilMs) => of.flatMap((tenant) => stateOf(tenant, untilMs)),
  });
  const abort = new AbortController();
  const { signal } = abort;
  let progress: Progress = { rounds: 0, failures: 0 };

  function addressees(): readonly Addressee[] {
    return [
      ...receivers.map((receiver) => ({ box: receiver.name, receiver, tenants })),
      ...tenants.flatMap((tenant) =>
        forTenant(tenant)
          .receivers()
          .map((receiver) => ({ box: boxOf(tenant, receiver.name), receiver, tenants: [tenant] })),
      ),
    ];
  }

  /** A tenant's own receiver goes before the operator's of the same name. */
  function receiversOf(tenant: TenantId, rule: Pick<Rule, 'receivers'>): readonly string[] {
    const boxes = new Map(
      addressees()
        .filter(({ receiver, tenants: of }) => receiver.format !== 'alertmanager' && of.includes(tenant))
        .map(({ receiver, box }) => [receiver.name, box]),
    );
    return rule.receivers.length === 0 ? [...boxes.values()] : rule.receivers.flatMap((name) => boxes.get(name) ?? []);
  }

  function stateOf(tenant: TenantId, untilMs: number) {
    const said = (alert: Pick<Alert, 'labels' | 'reason'>, startsAtMs: number, endsAtMs: number) => ({
      labels: { ...alert.labels, tenant },
      annotations: { summary: alert.reason },
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: new Date(endsAtMs).toISOString(),
      generatorURL: `${urlOf()}/v1/alerts`,
    });
    const firing = store
      .alerts(tenant)
      .flatMap((alert) => (alert.state.phase === 'firing' ? [said(alert, alert.state.since, untilMs)] : []));
    const at = now();
    const known = new Set(store.alerts(tenant).map(({ fingerprint: key }) => key));
    const resolved = store
      .history(tenant, { from: at - RESOLVED_PUSHED_MS, to: at + 1 }, 1000)
      .filter(({ event, fingerprint: key }) => event === 'resolved' && !known.has(key))
      .map((happening) => said(happening, happening.atMs - 1, happening.atMs));
    return [...firing, ...resolved];
  }

  async function evaluateTenant(tenant: TenantId): Promise<void> {
    const rules = forTenant(tenant)
      .rules()
      .flatMap(({ rule }) => (rule.enabled ? [rule] : []))
      .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    const byName = new Map(rules.map((rule) => [rule.name, rule]));
    const audible = ({ rule, labels }: Alert) => {
      const { measure = '', group_by: dimensions = [] } = byName.get(rule) ?? {};
      return { labels, measure, dimensions };
    };
    const at = now();
    const mutingNow = () => {
      const silences = store.silences.list(tenant);
      const firing = store.alerts(tenant).flatMap((other) => (other.state.phase === 'firing' ? [audible(other)] : []));
      return { isMuted: (alert: Alert) => isSilenced(alert.labels, silences, at) || isInhibited(audible(alert), firing) };
    };
    const evaluation: Evaluation = {
      tenant,
      reader: sharingReader(ledger.forTenant(tenant)),
      store,
      watches,
      publicUrl: urlOf(),
      now: at,
      receiversOf: (rule) => receiversOf(tenant, rule),
      flapMs: options.flapMs ?? FLAP_MS,
      investigations: { left: MOST_INVESTIGATED },
      isMuted: (alert) => muting().isMuted(alert),
    };
    let muting = once(mutingNow);
    retireAlerts(new Set(byName.keys()), evaluation);
    // All at once, so that rules that ask the same share the answer; what was found is acted upon in the order of severity.
    const found = await Promise.allSettled(rules.map(async (rule) => find(rule, evaluation)));
    for (const [index, rule] of rules.entries()) {
      if (signal.aborted) return;
      const outcome = found[index];
      // One rule that cannot be evaluated costs one rule.
      if (outcome?.status === 'rejected') notEvaluated(rule, tenant, outcome.reason);
      if (outcome?.status !== 'fulfilled') continue;
      muting = once(mutingNow);
      await applyFindings(rule, outcome.value, evaluation).catch((error: unknown) => notEvaluated(rule, tenant, error));
    }
  }

  function notEvaluated({ name }: Rule, tenant: TenantId, error: unknown): void {
    progress = { ...progress, failures: progress.failures + 1 };
    const about = { rule: name, tenant };
    if (error instanceof LedgerError) log.warn({ ...about, reason: error.message }, 'rule not evaluated; its alerts stay as they are');
    else log.error({ ...about, error }, 'rule not evaluated: a bug');
  }

  async function evaluateForever(): Promise<void> {
    while (!signal.aborted) {
      const startedMs = Date.now();
      office.sync(addressees());
      for (const tenant of tenants) await evaluateTenant(tenant);
      const endedMs = Date.now();
      progress = { ...progress, rounds: progress.rounds + 1, lastRoundEndedMs: endedMs, lastRoundTookMs: endedMs - startedMs };
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  const evaluating = evaluateForever().catch((error: unknown) => log.error({ error }, 'alerts stopped'));
  return {
    progress: () => progress,
    list: (tenant) => store.alerts(tenant),
    deliveries: () => store.counts(),
    forTenant,
    stop: async () => {
      abort.abort();
      await evaluating;
      await office.stop();
      store.close();
    },
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
