import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model/semconv';
import { activeContext } from './api/carried-context.ts';
import { attributionAttributes } from './attribution.ts';
import { sendDirectly } from './direct.ts';
import { currentProvider } from './export/yielding-provider.ts';
import { guarded } from './guard.ts';
import { SCOPE } from './version.ts';

/** What the calls were for and whether it came about: what cost per resolved ticket or per accepted answer is counted by. */
export interface Outcome {
  readonly name: string;
  readonly success?: boolean;
  readonly value?: number;
}

/** Records an outcome in the trace and attribution in force, as a span without duration. */
export const recordOutcome = guarded((outcome: Outcome): void => {
  const active = activeContext();
  const attributes: Attributes = { ...attributionAttributes(active), [TOKENLEDGER_ATTRIBUTES.outcomeName]: outcome.name };
  if (outcome.success !== undefined) attributes[TOKENLEDGER_ATTRIBUTES.outcomeSuccess] = outcome.success;
  if (Number.isFinite(outcome.value)) attributes[TOKENLEDGER_ATTRIBUTES.outcomeValue] = outcome.value;
  const name = `outcome ${outcome.name}`;
  const startMs = Date.now();
  const span = trace.getTracerProvider().getTracer(SCOPE.name, SCOPE.version).startSpan(name, { attributes, startTime: startMs }, active);
  span.end(startMs);
  const status = { code: SpanStatusCode.UNSET };
  const finished = { name, kind: SpanKind.INTERNAL, startMs, endMs: startMs, status, attributes, parent: active };
  sendDirectly(currentProvider(), finished, span.spanContext());
});
