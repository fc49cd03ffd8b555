import { trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { adopt, enclosingInference } from './adoption.ts';
import { activeContext } from './api/carried-context.ts';
import { carryContext } from './api/connect.ts';
import { attachToProvider } from './attach.ts';
import { settleAllAttempts, settleAttempt } from './attempts.ts';
import { currentAiSdkStep } from './bridges/ai-sdk.ts';
import { currentAgentsStep } from './bridges/openai-agents.ts';
import { endAllSteps, inside } from './bridges/step.ts';
import { loadPriceBook } from './cost.ts';
import { estimateMissingUsage } from './estimate.ts';
import { guarded } from './guard.ts';
import { settleAllJobs, settleJob, settlePoll } from './jobs.ts';
import type { ObservedCall } from './observed-call.ts';
import { isInCharge } from './realm.ts';
import { doWaiting, soon } from './soon.ts';
import { emitSpan, fillSpan } from './span.ts';
import { expectEnd, settleAllUnended } from './unended.ts';
import { Exchange } from './wire/exchange.ts';
import type { ExchangeStart } from './wire/exchange.ts';
import { FOLLOWED } from './wire/followed.ts';

/** More at once than a process can hold sockets for; beyond it calls go unseen rather than memory unbounded. */
const MAX_OPEN_EXCHANGES = 10_000;
const openExchanges = new Set<Exchange>();

let prepare: (() => void) | undefined;

/** What has to be ready once there is a call, and not before: an app without any stays as it is. */
export function onFirstExchange(callback: () => void): void {
  prepare = callback;
}

/** Follows a request to a model that starts now, in the app's context. `undefined` where tracing is suppressed or it is followed already. */
export function observeExchange(start: ExchangeStart): Exchange | undefined {
  if (!isInCharge()) return undefined;
  carryContext();
  const isAttached = attachToProvider();
  const parent = inside(currentAiSdkStep() ?? currentAgentsStep(), activeContext());
  if (isTracingSuppressed(parent) || parent.getValue(FOLLOWED) || openExchanges.size >= MAX_OPEN_EXCHANGES) return undefined;
  prepare?.();
  prepare = undefined;
  void loadPriceBook();
  const enclosing = start.endpoint.asksAboutJob ? undefined : enclosingInference(parent);
  const exchange = new Exchange(
    start,
    guarded(() => {
      // A span around the call will not wait for us, nor will a retry, nor a provider that does not tell us when it is flushed.
      if (enclosing || exchange.hasFailed || !isAttached) conclude();
      else soon(conclude);
    }),
  );
  const conclude = (): void => {
    openExchanges.delete(exchange);
    const call = exchange.conclude();
    if (!call) return;
    estimateMissingUsage(call);
    if (enclosing && fillSpan(enclosing, call, parent)) return expectEnd(enclosing, emitterBeside(call, parent));
    const emit = (): void => (isAttached ? soon(() => emitSpan(call, parent)) : emitSpan(call, parent));
    if (start.endpoint.asksAboutJob) settlePoll(call, emit, start.endpoint.asksAboutJob !== 'known');
    else settleAttempt(call, () => settleJob(call, emit));
  };
  if (enclosing) adopt(enclosing, () => exchange.hasAnswer && exchange.abandon('AbortError'));
  openExchanges.add(exchange);
  return exchange;
}

/** Tells a call by a span of its own, without holding the open span around it. */
function emitterBeside(call: ObservedCall, parent: Context): () => void {
  const around = trace.getSpanContext(parent);
  const held = around ? trace.setSpanContext(parent, around) : parent;
  return () => emitSpan(call, held);
}

/** The process ends: what is still open, waits for a retry, a job or its price becomes a span as it is, and so do the steps around it. */
export function emitUnfinished(): void {
  doWaiting();
  for (const exchange of openExchanges) exchange.abandon('process_exit');
  settleAllAttempts();
  settleAllJobs();
  settleAllUnended();
  endAllSteps();
  doWaiting();
}
