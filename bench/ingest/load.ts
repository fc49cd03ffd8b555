import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { type Copy, copier, createFresh, type Fresh, layOut } from './fresh.ts';
import { fixed64, placesOf } from './places.ts';

export const ENCODINGS = ['protobuf', 'gzip', 'json'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * Export requests as apps under load send them: eight services, traces of an agent and three chat calls, 21 attributes a call, 8 on the
 * resource. Encoded once; before each sending every id, user, session and time is overwritten in place, so that no span is a resend, nothing
 * compresses better than it would in life, and sending costs next to nothing.
 */
export interface Load {
  /** What one app sends: a request's bytes, valid until the next call. Compressed ones are made anew each time and cost the generator. */
  sender(index: number): () => Buffer;
  readonly spansPerRequest: number;
  readonly headers: string;
}

const SERVICES = 8;
const SPANS_PER_TRACE = 4;
const USER_DIGITS = 3;
/** Placeholders of the times, found again by their bytes. */
const BEGAN = 1_234_567_890_123_456_789n;
const ENDED = BEGAN + 1_700_000_000n;

const HEADERS: Readonly<Record<Encoding, string>> = {
  protobuf: 'content-type: application/x-protobuf\r\n',
  gzip: 'content-type: application/x-protobuf\r\ncontent-encoding: gzip\r\n',
  json: 'content-type: application/json\r\n',
};

export function createLoad(spansPerRequest: number, encoding: Encoding, isSpread = false): Load {
  const templates = Array.from({ length: SERVICES }, (_, service) => createTemplate(service, spansPerRequest, { encoding, isSpread }));
  return {
    spansPerRequest,
    headers: HEADERS[encoding],
    sender(index) {
      const template = templates[index % SERVICES];
      if (!template) throw new RangeError(`no sender ${index}`);
      const next = createSender(template);
      return encoding === 'gzip' ? () => gzipSync(next(), { level: 1 }) : next;
    },
  };
}

/** Everything in a request that is another one in the next. */
interface Placeholders {
  /** Of the calls, and of the agents above them. */
  readonly traceIds: readonly Buffer[];
  readonly agentTraceIds: readonly Buffer[];
  readonly spanIds: readonly Buffer[];
  /** What the calls of a trace name as their parent. */
  readonly parentIds: readonly Buffer[];
  /** Digits, found again as text. */
  readonly texts: string[];
  /** Of which only the first digits change: a service has some thousand users. */
  readonly users: string[];
}

interface RequestOptions {
  readonly encoding: Encoding;
  /** The agent above the calls comes in the next request of its service. */
  readonly isSpread: boolean;
}

/** A request of one service, and where in it what is fresh stands. */
interface Template {
  readonly body: Buffer;
  readonly fresh: Fresh;
  readonly copies: readonly Copy[];
  /** What the next request says of the one before. */
  readonly carried: readonly Copy[];
}

function createTemplate(service: number, spansPerRequest: number, { encoding, isSpread }: RequestOptions): Template {
  const traces = Math.ceil(spansPerRequest / SPANS_PER_TRACE);
  const randomIds = (count: number, bytes: number) => Array.from({ length: count }, () => randomBytes(bytes));
  const traceIds = randomIds(traces, 16);
  const spanIds = randomIds(spansPerRequest, 8);
  const placeholders: Placeholders = {
    traceIds,
    agentTraceIds: isSpread ? randomIds(traces, 16) : traceIds,
    spanIds,
    parentIds: isSpread ? randomIds(traces, 8) : spanIds.filter((_, index) => index % SPANS_PER_TRACE === 0),
    texts: [],
    users: [],
  };
  const spans = placeholders.spanIds.map((_, index) => makeSpan(index, service, placeholders));
  const resource = {
    attributes: [
      text('service.name', `service-${service}`),
      text('service.version', '1.42.0'),
      text('deployment.environment.name', service % 4 === 0 ? 'staging' : 'production'),
      text('telemetry.sdk.language', 'nodejs'),
      text('telemetry.sdk.name', 'opentelemetry'),
      text('telemetry.sdk.version', '2.12.1'),
      text('host.name', `ip-10-0-0-${service}`),
      int('process.pid', 4711),
    ],
  };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench', version: '1' }, spans }] }] };
  const isJson = encoding === 'json';
  const body = isJson ? Buffer.from(JSON.stringify(request, hexOfBytes)) : encode(request);
  const { agentTraceIds, parentIds, texts, users } = placeholders;
  const carriedIds = isSpread
    ? [
        ...agentTraceIds.map((id, trace) => ({ id, of: traceIds[trace] })),
        ...parentIds.map((of, trace) => ({ id: spanIds[trace * SPANS_PER_TRACE], of })),
      ]
    : [];
  const ids = [...new Set([...traceIds, ...spanIds, ...parentIds])].filter((id) => !carriedIds.some((other) => other.id === id));
  const fresh = { ids: ids.length + texts.length + users.length, nanosAgo: [ENDED - BEGAN, 0n] };
  const at = layOut(fresh);
  const copiesTo = (placeholder: Buffer, from: number): Copy[] =>
    placesOf(body, placeholder).map((to) => ({ from, to, length: placeholder.length }));
  const copiesOfId = (id: Buffer, index: number) =>
    isJson ? copiesTo(Buffer.from(id.toString('hex')), at.hexOfId(index)) : copiesTo(id, at.id(index));
  const copies = [
    ...ids.flatMap(copiesOfId),
    ...texts.flatMap((digits, index) => copiesTo(Buffer.from(digits), at.hexOfId(ids.length + index))),
    ...[BEGAN, ENDED].flatMap((nanos, index) =>
      isJson ? copiesTo(Buffer.from(String(nanos)), at.digitsOfTime(index)) : copiesTo(fixed64(nanos), at.time(index)),
    ),
  ];
  const copiesOfUsers = users.flatMap((user, index) => copiesTo(Buffer.from(user), at.hexOfId(ids.length + texts.length + index)));
  for (const { to, length } of copiesOfUsers) body.fill('0', to, to + length);
  return {
    body,
    fresh,
    copies: [...copies, ...copiesOfUsers.map((copy) => ({ ...copy, length: USER_DIGITS }))],
    carried: carriedIds.flatMap(({ id, of }) => (id && of ? copiesOfId(id, ids.indexOf(of)) : [])),
  };
}

function createSender({ body, fresh, copies, carried }: Template): () => Buffer {
  const { memory, renew } = createFresh(fresh);
  const own = Buffer.from(body);
  const copyCarried = copier(memory, own, carried);
  const copy = copier(memory, own, copies);
  renew();
  return () => {
    copyCarried();
    renew();
    copy();
    return own;
  };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const int = (key: string, intValue: number) => ({ key, value: { intValue } });

function makeSpan(index: number, service: number, { traceIds, agentTraceIds, spanIds, parentIds, texts, users }: Placeholders) {
  const trace = Math.floor(index / SPANS_PER_TRACE);
  const isAgent = index % SPANS_PER_TRACE === 0;
  const model = ['gpt-4o', 'gpt-4o-mini', 'o3'][(index + service) % 3] ?? '';
  /** Hex digits that no other placeholder has; the users and sessions of one trace are the same. */
  const digits = (name: string, of: number, count: number, list = texts) => {
    const placeholder = Buffer.from(`${name}${of}-${service}`).toString('hex').padEnd(count, 'f').slice(-count);
    if (!list.includes(placeholder)) list.push(placeholder);
    return placeholder;
  };
  return {
    traceId: (isAgent ? agentTraceIds : traceIds)[trace],
    spanId: spanIds[index],
    parentSpanId: isAgent ? undefined : parentIds[trace],
    name: isAgent ? 'invoke_agent support' : `chat ${model}`,
    kind: isAgent ? 1 : 3,
    startTimeUnixNano: String(BEGAN),
    endTimeUnixNano: String(ENDED),
    attributes: [
      text('gen_ai.operation.name', isAgent ? 'invoke_agent' : 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.agent.name', 'support'),
      text('tokenledger.team', ['search', 'growth', 'support'][service % 3] ?? ''),
      text('tokenledger.feature', ['chat', 'triage'][index % 2] ?? ''),
      text('user.id', `user-${digits('u', trace, 16, users)}`),
      text('gen_ai.conversation.id', `conv-${digits('s', trace, 16)}`),
      ...(isAgent
        ? []
        : [
            text('gen_ai.request.model', model),
            text('gen_ai.response.model', model),
            text('gen_ai.response.id', `chatcmpl-${digits('r', index, 24)}`),
            { key: 'gen_ai.response.finish_reasons', value: { arrayValue: { values: [{ stringValue: 'stop' }] } } },
            int('gen_ai.usage.input_tokens', 1200 + index),
            int('gen_ai.usage.output_tokens', 300 + service),
            int('gen_ai.usage.cache_read.input_tokens', 1000),
            int('gen_ai.usage.reasoning.output_tokens', 120),
            int('gen_ai.request.max_tokens', 4096),
            { key: 'gen_ai.request.temperature', value: { doubleValue: 0.7 } },
            { key: 'gen_ai.request.top_p', value: { doubleValue: 1 } },
            text('server.address', 'api.openai.com'),
            int('server.port', 443),
            text('openai.response.service_tier', 'default'),
          ]),
    ],
    status: { code: 0 },
  };
}

function encode(request: object): Buffer {
  const { root } = protobuf.parse(readFileSync(new URL('../../collector/test/otlp/otlp.proto', import.meta.url), 'utf8'));
  const type = root.lookupType('ExportTraceServiceRequest');
  return Buffer.from(type.encode(type.fromObject(request)).finish());
}

/** `JSON.stringify` shows a Buffer as `{ type: 'Buffer', data: […] }`. */
function hexOfBytes(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'Buffer' || !('data' in value)) return value;
  return Buffer.from(value.data as number[]).toString('hex');
}
