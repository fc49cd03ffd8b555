import { context } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { adopt, enclosingInference } from './adoption.ts';
import { attachToProvider } from './attach.ts';
import { settleAllAttempts, settleAttempt } from './attempts.ts';
import { ensureContextManager } from './context-manager.ts';
import { currentAiSdkStep } from './bridges/ai-sdk.ts';
import { currentAgentsStep } from './bridges/openai-agents.ts';
import { inside } from './bridges/step.ts';
import { loadPriceBook } from './cost.ts';
import { estimateMissingUsage } from './estimate.ts';
import { guarded } from './guard.ts';
import { settleAllJobs, settleJob, settlePoll } from './jobs.ts';
import { emitSpan, fillSpan } from './span.ts';
import { Exchange } from './wire/exchange.ts';
import type { ExchangeStart } from './wire/exchange.ts';
import { FOLLOWED } from './wire/followed.ts';

/** More at once than a process can hold sockets for; beyond it calls go unseen rather than memory unbounded. */
const MAX_OPEN_EXCHANGES = 10_000;
const openExchanges = new Set<Exchange>();

/** Calls that are over and become spans as soon as the price book is loaded and the app's own work has gone first. */
let finished: (() => void)[] = [];

let prepare: (() => void) | undefined;

/** What has to be ready once there is a call, and not before: an app without any stays as it is. */
export function onFirstExchange(callback: () => void): void {
  prepare = callback;
}

/** Follows a request to a model that starts now, in the app's context. `undefined` where tracing is suppressed or it is followed already. */
export function observeExchange(start: ExchangeStart): Exchange | undefined {
  ensureContextManager();
  attachToProvider();
  const parent = inside(currentAiSdkStep() ?? currentAgentsStep(), context.active());
  if (isTracingSuppressed(parent) || parent.getValue(FOLLOWED) || openExchanges.size >= MAX_OPEN_EXCHANGES) return undefined;
  prepare?.();
  prepare = undefined;
  void loadPriceBook();
  const enclosing = start.endpoint.method === 'GET' ? undefined : enclosingInference(parent);
  const exchange = new Exchange(
    start,
    guarded((call) => {
      openExchanges.delete(exchange);
      if (!call) return;
      estimateMissingUsage(call);
      if (enclosing && fillSpan(enclosing, call, parent)) return;
      const emit = (): void => emitSoon(() => emitSpan(call, parent));
      if (start.endpoint.method === 'GET') return settlePoll(call, emit);
      settleAttempt(call, () => settleJob(call, emit));
    }),
  );
  if (enclosing) adopt(enclosing, () => exchange.hasAnswer && exchange.abandon('AbortError'));
  openExchanges.add(exchange);
  return exchange;
}

/** The process ends: what is still open, waits for a retry, a job or its price becomes a span as it is. */
export function emitUnfinished(): void {
  for (const exchange of openExchanges) exchange.abandon('process_exit');
  settleAllAttempts();
  settleAllJobs();
  emitFinished();
}

function emitSoon(emit: () => void): void {
  finished.push(guarded(emit));
  if (finished.length === 1) void loadPriceBook().then(() => setImmediate(emitFinished));
}

function emitFinished(): void {
  const calls = finished;
  finished = [];
  for (const emit of calls) emit();
}
