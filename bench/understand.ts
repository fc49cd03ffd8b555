/**
 * What understanding costs on top of decoding: decode alone, decode + observe, decode + observe + resolve, and the accountant with
 * prices and rows, taking turns in one run, so that their ratios hold on a busy machine.
 * Usage: node bench/understand.ts [rounds]
 */
import { createAccountant, decodeTraces, observe, resolve } from '@tokenledger/collector';
import { createPriceBook } from '@tokenledger/pricing';

const SPANS = 2000;
const ROUNDS = Number(process.argv[2] ?? 60);

type Attribute = readonly [key: string, value: string | number];

/** A trace of four spans: an agent, a step, a chat request with cached tokens, and the HTTP call below it. */
function traceOf(trace: number): object[] {
  const agent: Attribute[] = [
    ['gen_ai.operation.name', 'invoke_agent'],
    ['gen_ai.provider.name', 'anthropic'],
    ['gen_ai.request.model', 'claude-haiku-5'],
    ['gen_ai.usage.input_tokens', 6500 + trace],
    ['gen_ai.usage.output_tokens', 60],
    ['user.id', `user-${trace % 100}`],
    ['session.id', `session-${trace}`],
  ];
  const chat: Attribute[] = [
    ...agent.slice(1),
    ['gen_ai.operation.name', 'chat'],
    ['gen_ai.response.model', 'claude-haiku-5'],
    ['gen_ai.response.id', `msg_${trace.toString(36).padStart(24, '0')}`],
    ['gen_ai.usage.cache_read.input_tokens', 1000],
    ['gen_ai.usage.cache_creation.input_tokens', 500],
    ['gen_ai.request.temperature', 0],
    ['gen_ai.request.max_tokens', 1024],
    ['server.address', 'api.anthropic.com'],
    ['gen_ai.input.messages', 'x'.repeat(2000)],
  ];
  const http: Attribute[] = [
    ['http.request.method', 'POST'],
    ['server.address', 'api.anthropic.com'],
    ['url.full', 'https://api.anthropic.com/v1/messages'],
    ['http.response.status_code', 200],
  ];
  return [
    span(trace, 1, 'invoke_agent', agent),
    span(trace, 2, 'step 1', [['gen_ai.operation.name', 'agent_step']]),
    span(trace, 3, 'chat', chat),
    span(trace, 4, 'POST', http),
  ];
}

function span(trace: number, place: number, name: string, attributes: readonly Attribute[]): object {
  const startMs = 1_795_435_200_000 + trace * 10 + place;
  return {
    traceId: trace.toString(16).padStart(32, 'a'),
    spanId: (trace * 8 + place).toString(16).padStart(16, 'b'),
    ...(place > 1 ? { parentSpanId: (trace * 8 + place - 1).toString(16).padStart(16, 'b') } : {}),
    name,
    kind: 3,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 2000}000000`,
    attributes: attributes.map(([key, value]) => ({
      key,
      value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
    })),
    status: {},
  };
}

/** OTLP/JSON → protobuf, for what this bench sends. */
function encode(request: { readonly resource: readonly Attribute[]; readonly spans: readonly object[] }): Buffer {
  const attributes = (list: readonly { key: string; value: { stringValue?: string; intValue?: number } }[], number: number) =>
    list.map(({ key, value }) =>
      field(
        number,
        Buffer.concat([
          field(1, Buffer.from(key)),
          field(2, value.stringValue === undefined ? varintField(3, value.intValue ?? 0) : field(1, Buffer.from(value.stringValue))),
        ]),
      ),
    );
  const spans = request.spans.map((item) => {
    const {
      traceId,
      spanId,
      parentSpanId,
      name,
      startTimeUnixNano,
      endTimeUnixNano,
      attributes: list,
    } = item as Record<string, string> & { attributes: never };
    return field(
      2,
      Buffer.concat([
        field(1, Buffer.from(traceId ?? '', 'hex')),
        field(2, Buffer.from(spanId ?? '', 'hex')),
        ...(parentSpanId ? [field(4, Buffer.from(parentSpanId, 'hex'))] : []),
        field(5, Buffer.from(name ?? '')),
        varintField(6, 3),
        fixed64(7, startTimeUnixNano ?? '0'),
        fixed64(8, endTimeUnixNano ?? '0'),
        ...attributes(list, 9),
      ]),
    );
  });
  const resource = attributes(
    request.resource.map(([key, value]) => ({ key, value: { stringValue: String(value) } })),
    1,
  );
  const scope = field(1, Buffer.concat([field(1, Buffer.from('gen_ai'))]));
  return field(1, Buffer.concat([field(1, Buffer.concat(resource)), field(2, Buffer.concat([scope, ...spans]))]));
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
const field = (number: number, content: Buffer): Buffer => Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
const varintField = (number: number, value: number): Buffer => Buffer.concat([varint(number * 8), varint(value)]);
function fixed64(number: number, value: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

const priceBook = createPriceBook();
const requests = Array.from({ length: 8 }, (_, part) =>
  encode({
    resource: [
      ['service.name', 'checkout'],
      ['deployment.environment.name', 'production'],
    ],
    spans: Array.from({ length: SPANS / 4 }, (_, trace) => traceOf(part * SPANS + trace)).flat(),
  }),
);

/** Each stage does the work of those before it. */
const STAGES = {
  decode: (body: Buffer) => decodeTraces(body, 'protobuf').spans,
  observe: (body: Buffer) => decodeTraces(body, 'protobuf').spans.map(observe),
  resolve: (body: Buffer) => {
    const observations = decodeTraces(body, 'protobuf').spans.map(observe);
    for (const trace of Map.groupBy(observations, ({ traceId }) => traceId).values()) trace.forEach(resolve(trace));
  },
  account: (body: Buffer) => {
    const accountant = createAccountant({ priceBook, recall: async () => [], soleWriterSinceMs: 0, now: () => Date.UTC(2027, 0) });
    return accountant.post(decodeTraces(body, 'protobuf').spans.map((decoded) => ({ tenant: 'default', span: decoded })));
  },
} as const;

const microseconds: Record<string, number[]> = {};
for (let round = -5; round < ROUNDS; round++) {
  for (const [name, stage] of Object.entries(STAGES)) {
    const body = requests[(round + 5) % requests.length] ?? Buffer.alloc(0);
    const before = process.cpuUsage();
    await stage(body);
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) (microseconds[name] ??= []).push((user + system) / SPANS);
  }
}

const median = (values: readonly number[] = []) => values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? NaN;
const decode = median(microseconds['decode']);
console.log(`median of ${ROUNDS} rounds of ${SPANS} spans, a quarter of them requests; CPU-µs per span`);
for (const name of Object.keys(STAGES)) {
  const value = median(microseconds[name]);
  console.log(
    `${name.padEnd(8)} ${value.toFixed(2).padStart(6)}  on top of decoding ${(value - decode).toFixed(2).padStart(6)}  × decoding ${(value / decode).toFixed(2)}`,
  );
}
