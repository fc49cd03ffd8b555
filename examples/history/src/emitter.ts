import { Attributes, type AttributeValue, type OtlpSpan } from '@tokenledger/collector';
import type { Chance } from './chance.ts';

/** Who a service's spans come from. */
export interface Emitter {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
}

/** The one import. */
const OURS = { name: '@tokenledger/instrumentation', version: '0.1.0' };

export function createEmitter(
  { service, environment }: { readonly service: string; readonly environment: string },
  scope: Emitter['scope'] = OURS,
): Emitter {
  return {
    resource: Attributes.of([
      ['service.name', service],
      ['deployment.environment.name', environment],
      ['telemetry.sdk.language', 'nodejs'],
    ]),
    scope,
  };
}

export type Facts = Readonly<Record<string, AttributeValue | undefined>>;

interface SpanFacts {
  readonly traceId: string;
  readonly parent?: string | undefined;
  readonly name: string;
  readonly kind?: OtlpSpan['kind'];
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed?: boolean | undefined;
  readonly facts: Facts;
}

export function toSpan(emitter: Emitter, chance: Chance, span: SpanFacts): OtlpSpan {
  return {
    traceId: span.traceId,
    spanId: chance.hex(16),
    parentSpanId: span.parent,
    name: span.name,
    kind: span.kind ?? 'internal',
    startMs: span.startMs,
    endMs: span.startMs + span.durationMs,
    status: span.failed ? 'error' : 'unset',
    attributes: toAttributes(span.facts),
    events: [],
    resource: emitter.resource,
    scope: emitter.scope,
  };
}

export function toAttributes(facts: Facts): Attributes {
  const attributes = new Attributes();
  for (const [key, value] of Object.entries(facts)) if (value !== undefined) attributes.set(key, value);
  return attributes;
}
