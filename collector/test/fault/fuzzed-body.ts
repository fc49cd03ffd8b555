import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { chatSpan, encodeMessage, type Json, toJson, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { below, pick, type Random } from './random.ts';

export interface FuzzedBody {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Numbers of the spans that must be stored: good ones beside a broken one. */
  readonly neighbours: readonly number[];
}

const began = BigInt(Date.now() - 3_600_000) * 1_000_000n;

/** All of one instant, and some of other instrumentations than the rest: each could be the twin of many. */
function callOf(number: number): Json {
  return { ...chatSpan(number), startTimeUnixNano: String(began), endTimeUnixNano: String(began + 1_000_000n) };
}

/** A request that is broken in one of many ways. Numbers of spans begin at `first`; four are used at most. */
export function fuzzedBody(random: Random, first: number): FuzzedBody {
  const kind = random();
  if (kind < 0.4) return brokenSpanInProtobuf(random, first);
  if (kind < 0.6) return brokenSpanInJson(random, first);
  const json = random() < 0.3;
  const request = tracesRequest([callOf(first), callOf(first + 1)]);
  const whole = json ? toJson(request) : toProtobuf(request);
  const { body, encoding } = compressed(random, kind < 0.8 ? damaged(random, whole) : whole);
  const type = json ? 'application/json' : 'application/x-protobuf';
  const sent = kind < 0.8 ? body : damaged(random, body);
  return { body: sent, headers: { 'content-type': random() < 0.02 ? oddType(random) : type, ...encoding }, neighbours: [] };
}

function brokenSpanInProtobuf(random: Random, first: number): FuzzedBody {
  const span = encodeMessage('Span', callOf(first + 1));
  const spans = [encodeMessage('Span', callOf(first)), damaged(random, span), encodeMessage('Span', callOf(first + 2))];
  const scope = spans.map((bytes) => field(2, bytes));
  const { body, encoding } = compressed(random, field(1, field(2, Buffer.concat(scope))));
  return { body, headers: { 'content-type': 'application/x-protobuf', ...encoding }, neighbours: [first, first + 2] };
}

const ODD_VALUES: readonly [unknown, ...unknown[]] = [
  null,
  -1,
  Infinity,
  '9'.repeat(400),
  '',
  {},
  [],
  [[[[[]]]]],
  { __proto__: 1 },
  '__proto__',
  '\ud800',
  true,
  2 ** 60,
  'NaN',
  { intValue: {} },
  { arrayValue: { values: [null, 1, { kvlistValue: {} }] } },
];

function brokenSpanInJson(random: Random, first: number): FuzzedBody {
  const odd = structuredClone(callOf(first + 1));
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const keys = Object.keys(odd) as [string, ...string[]];
    const attributes = odd['attributes'];
    if (random() < 0.5 && Array.isArray(attributes))
      attributes[below(random, attributes.length)] = {
        key: structuredClone(pick(random, ODD_VALUES)),
        value: structuredClone(pick(random, ODD_VALUES)),
      };
    else odd[pick(random, keys)] = structuredClone(pick(random, ODD_VALUES));
  }
  // Whatever became of its ids, it is not to be taken for a neighbour.
  const spans: readonly Json[] = [callOf(first), odd, callOf(first + 2)];
  const { body, encoding } = compressed(random, toJson(tracesRequest(spans)));
  return { body, headers: { 'content-type': 'application/json', ...encoding }, neighbours: [first, first + 2] };
}

function compressed(random: Random, body: Buffer): { readonly body: Buffer; readonly encoding: Readonly<Record<string, string>> } {
  const kind = below(random, 12);
  if (kind === 0) return { body: gzipSync(body), encoding: { 'content-encoding': 'gzip' } };
  if (kind === 1) return { body: deflateSync(body), encoding: { 'content-encoding': 'deflate' } };
  if (kind === 2) return { body: zstdCompressSync(body), encoding: { 'content-encoding': 'zstd' } };
  if (kind === 3) return { body: brotliCompressSync(body, { params: {} }), encoding: { 'content-encoding': 'br' } };
  return { body, encoding: {} };
}

/** Cut, with bits flipped, with bytes inserted, doubled, or nothing but noise. */
function damaged(random: Random, whole: Buffer): Buffer {
  const at = below(random, whole.length);
  const noise = Buffer.from(Array.from({ length: 1 + below(random, 40) }, () => below(random, 256)));
  switch (below(random, 6)) {
    case 0:
      return whole.subarray(0, at);
    case 1:
      return Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at)]);
    case 2:
      return Buffer.concat([whole.subarray(0, at), whole.subarray(Math.min(whole.length, at + noise.length))]);
    case 3:
      return Buffer.concat([whole, whole.subarray(at)]);
    case 4:
      return noise;
    default: {
      const flipped = Buffer.from(whole);
      for (let times = 1 + below(random, 8); times > 0; times--) {
        const position = below(random, flipped.length);
        flipped[position] = (flipped[position] ?? 0) ^ (1 << below(random, 8));
      }
      return flipped;
    }
  }
}

const oddType = (random: Random): string =>
  pick(random, [
    'application/json; charset=utf-8',
    'application/x-protobuf;',
    'text/plain',
    'APPLICATION/JSON',
    'application/grpc',
    ';',
    'a'.repeat(3000),
  ]);

function field(number: number, bytes: Buffer): Buffer {
  const head = [number * 8 + 2];
  for (let rest = bytes.length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.concat([Buffer.from([...head, rest]), bytes]);
    head.push((rest % 128) + 128);
  }
}
