import type { CallSummary, StepSummary, Trace } from '@tokenledger/ledger';
import { divideRounded, formatUsd, TOKENLEDGER_ATTRIBUTES, type Attribution, type PicoUsd } from '@tokenledger/model';
import { tokensOf } from '../../call-json.ts';

/** What OpenTelemetry calls a service that has no name. */
export const UNKNOWN_SERVICE = 'unknown_service';

interface Tag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'float64';
  readonly value: string | boolean | number;
}

type Attributes = Readonly<Record<string, string | boolean | number | undefined | null>>;

/** A trace in the JSON of Jaeger's query service: times in microseconds, a process per service. */
export function toJaegerTrace(trace: Trace) {
  const services = [...new Set(trace.map(({ span }) => serviceOf(span.call ?? span.step)))];
  const processOf = (service: string) => `p${services.indexOf(service) + 1}`;
  const known = new Set(trace.map(({ span }) => (span.call ?? span.step).spanId));
  return {
    traceID: (trace[0]?.span.call ?? trace[0]?.span.step)?.traceId ?? '',
    spans: trace.map(({ span, subtreeCost }) => {
      const facts = span.call ?? span.step;
      const parent = facts.parentSpanId;
      return {
        traceID: facts.traceId,
        spanID: facts.spanId,
        processID: processOf(serviceOf(facts)),
        operationName: span.call ? callName(span.call) : span.step.name,
        references: parent !== undefined && known.has(parent) ? [{ refType: 'CHILD_OF', traceID: facts.traceId, spanID: parent }] : [],
        startTime: facts.timeMs * 1000,
        duration: Math.round(facts.durationMs * 1000),
        tags: toTags({
          ...(span.call ? callAttributes(span.call) : stepAttributes(span.step)),
          'tokenledger.subtree_cost_usd': formatUsd(subtreeCost),
        }),
        logs: [],
        warnings: span.call?.semantics.flags.length ? span.call.semantics.flags : null,
        flags: 1,
      };
    }),
    processes: Object.fromEntries(services.map((service) => [processOf(service), { serviceName: service, tags: [] }])),
    warnings: null,
  };
}

const serviceOf = ({ service }: Attribution) => service ?? UNKNOWN_SERVICE;

/** `chat gpt-5 · $0.0123`: the cost is readable on each row of the tree. */
function callName(call: CallSummary): string {
  const name = `${call.operation} ${call.model}`;
  if (!call.billable) return name;
  return `${name} · ${call.cost === null ? 'unpriced' : `$${toDisplay(call.cost)}`}`;
}

const SHOWN_DIGITS = 6;
const DROPPED = 10n ** BigInt(12 - SHOWN_DIGITS);

/** Rounded for the eye; the exact amount is a tag. */
const toDisplay = (amount: PicoUsd) => formatUsd(divideRounded(amount, DROPPED) * DROPPED);

function attributionAttributes(span: Attribution): Attributes {
  return {
    [TOKENLEDGER_ATTRIBUTES.team]: span.team,
    [TOKENLEDGER_ATTRIBUTES.feature]: span.feature,
    [TOKENLEDGER_ATTRIBUTES.customer]: span.customer,
    [TOKENLEDGER_ATTRIBUTES.run]: span.run,
    [TOKENLEDGER_ATTRIBUTES.user]: span.user,
    [TOKENLEDGER_ATTRIBUTES.session]: span.session,
    [TOKENLEDGER_ATTRIBUTES.environment]: span.environment,
    'gen_ai.agent.name': span.agent,
  };
}

function callAttributes(call: CallSummary): Attributes {
  return {
    ...(call.status === 'error' && { error: true }),
    'error.type': call.errorType,
    'gen_ai.operation.name': call.operation,
    'gen_ai.provider.name': call.provider,
    'gen_ai.request.model': call.requestModel,
    'gen_ai.response.model': call.model,
    'gen_ai.response.id': call.responseId,
    'gen_ai.usage.input_tokens': tokensOf(call.usage, 'input'),
    'gen_ai.usage.output_tokens': tokensOf(call.usage, 'output'),
    ...Object.fromEntries(
      Object.entries(call.usage).map(([meter, quantity]) => [`${TOKENLEDGER_ATTRIBUTES.usagePrefix}${meter}`, quantity]),
    ),
    'tokenledger.cost_usd': call.cost === null ? undefined : formatUsd(call.cost),
    [TOKENLEDGER_ATTRIBUTES.priceStatus]: call.priceStatus,
    'tokenledger.unpriced_reason': call.unpricedReason,
    'tokenledger.billable': call.billable,
    'tokenledger.not_billable_reason': call.notBillableReason,
    'tokenledger.ttft_ms': call.ttftMs,
    ...attributionAttributes(call),
  };
}

function stepAttributes(step: StepSummary): Attributes {
  return {
    ...step.attributes,
    ...(step.status === 'error' && { error: true }),
    'error.type': step.errorType,
    'tokenledger.kind': step.kind,
    ...attributionAttributes(step),
  };
}

const TYPES = { string: 'string', boolean: 'bool', number: 'float64' } as const;

function toTags(attributes: Attributes): readonly Tag[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined || value === null || value === '') return [];
    return [{ key, type: TYPES[typeof value as keyof typeof TYPES], value }];
  });
}
