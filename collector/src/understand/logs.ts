import { createHash } from 'node:crypto';
import type { AttributeValue, OtlpLogRecord, OtlpSpan } from '../decode/otlp.ts';

/**
 * Coding assistants tell what a request used in log events, not in spans. Each such event becomes the span it describes; from there on it
 * is understood, and billed once, like any other. OpenTelemetry's instrumentations tell the same beside their spans: such an event counts where its
 * span was not sampled, or there is none. Every other record is none of the ledger's business.
 */
export function spansOfLogs(records: readonly OtlpLogRecord[]): OtlpSpan[] {
  return records.flatMap((record) => {
    const name = requestName(record);
    return name === undefined ? [] : [toSpan(record, name)];
  });
}

/**
 * The name of the event if it tells of one finished request. Claude Code leaves its prefix to the body, and so off; Codex names the line of its
 * source code where OpenTelemetry names the event.
 */
function requestName(record: OtlpLogRecord): string | undefined {
  const named = record.attributes.get('event.name');
  return (typeof named === 'string' ? nameOf(record, named) : undefined) ?? nameOf(record, record.eventName ?? '');
}

function nameOf(record: OtlpLogRecord, event: string): string | undefined {
  const { attributes, resource, scope } = record;
  switch (event) {
    case 'claude_code.api_request':
    case 'gemini_cli.api_response':
    case 'qwen-code.api_response':
      return event;
    case 'api_request':
      return isClaudeCode(scope.name, resource.get('service.name')) ? 'claude_code.api_request' : undefined;
    case 'codex.sse_event':
    case 'codex.websocket_event':
      return attributes.get('event.kind') === 'response.completed' && attributes.has('input_token_count') ? event : undefined;
    case 'gen_ai.client.inference.operation.details':
      return isAlone(record) && !TELL_MORE.has(scope.name) ? event : undefined;
    default:
      return undefined;
  }
}

/** Their own events tell the same request, and more of it. */
const TELL_MORE: ReadonlySet<string> = new Set(['gemini-cli', 'qwen-code']);

const isAlone = ({ attributes, isSampled }: OtlpLogRecord): boolean =>
  !isSampled && (attributes.has('gen_ai.usage.input_tokens') || attributes.has('gen_ai.usage.output_tokens'));

const isClaudeCode = (scope: string, service: AttributeValue | undefined): boolean =>
  scope.startsWith('com.anthropic.claude_code') || service === 'claude-code';

/** An event is written when the request has ended. */
function toSpan(record: OtlpLogRecord, name: string): OtlpSpan {
  const digest = createHash('sha256').update(identityOf(record, name)).digest('hex');
  const duration = Number(record.attributes.get('duration_ms'));
  const durationMs = duration >= 0 && duration < record.timeMs ? duration : 0;
  return {
    traceId: record.traceId ?? digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    parentSpanId: record.traceId === undefined ? undefined : record.spanId,
    name,
    kind: 'client',
    startMs: record.timeMs - durationMs,
    endMs: record.timeMs,
    status: 'unset',
    attributes: record.attributes,
    events: [],
    resource: record.resource,
    // A witness of its own, also where one library tells the request in both ways.
    scope: { name: `${record.scope.name}/events`, version: record.scope.version },
  };
}

/** A record sent twice is the same record: its identity is everything it says. */
function identityOf(record: OtlpLogRecord, name: string): string {
  const said = [...record.attributes]
    .filter(([, value]) => typeof value !== 'object')
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([record.traceId, record.spanId, record.resource.get('service.name'), name, record.timeMs, said]);
}
