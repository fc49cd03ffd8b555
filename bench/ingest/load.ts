import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs';

/**
 * Export requests as an app under load sends them: traces of an agent and three chat calls, 21 attributes a call, 8 on the resource, as
 * protobuf. Encoded once; before each sending every id is overwritten in place, so that no span is a resend and sending costs next to nothing.
 */
export interface Load {
  /** A request's bytes, valid until the next call. Compressed loads are encoded anew each time and cost the generator. */
  next(): Buffer;
  readonly spansPerRequest: number;
  readonly encoding: 'identity' | 'gzip';
}

const SPANS_PER_TRACE = 4;
const ID_DIGITS = 16;
/** Placeholders of the times, found again by their bytes. */
const BEGAN = 1_234_567_890_123_456_789n;
const ENDED = BEGAN + 1_700_000_000n;

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const int = (key: string, intValue: number) => ({ key, value: { intValue } });

export function createLoad(spansPerRequest: number, encoding: Load['encoding']): Load {
  const { root } = protobuf.parse(readFileSync(new URL('../../collector/test/otlp/otlp.proto', import.meta.url), 'utf8'));
  const type = root.lookupType('ExportTraceServiceRequest');
  const traceIds = Array.from({ length: Math.ceil(spansPerRequest / SPANS_PER_TRACE) }, () => randomBytes(16));
  const spanIds = Array.from({ length: spansPerRequest }, (_, index) => {
    const id = randomBytes(8);
    id.writeUInt16BE(index, 6);
    return id;
  });
  const spans = spanIds.map((spanId, index) => makeSpan(index, spanId, traceIds, spanIds));
  const resource = {
    attributes: [
      text('service.name', 'checkout'),
      text('service.version', '1.42.0'),
      text('deployment.environment.name', 'production'),
      text('telemetry.sdk.language', 'nodejs'),
      text('telemetry.sdk.name', 'opentelemetry'),
      text('telemetry.sdk.version', '2.12.1'),
      text('host.name', 'ip-10-0-0-7'),
      int('process.pid', 4711),
    ],
  };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench', version: '1' }, spans }] }] };
  const body = Buffer.from(type.encode(type.fromObject(request)).finish());
  const places = [
    ...traceIds.flatMap((id) => placesOf(body, id).map((at) => (unique: Buffer) => void unique.copy(body, at, 0, 8))),
    ...spanIds.flatMap((id) => placesOf(body, id).map((at) => (unique: Buffer) => void unique.copy(body, at, 0, 6))),
    ...placesOf(body, Buffer.from('chatcmpl-')).map(
      (at) => (unique: Buffer) => void body.write(unique.toString('hex', 0, ID_DIGITS / 2), at + 9, 'latin1'),
    ),
    ...[BEGAN, ENDED].flatMap((nanos) =>
      placesOf(body, fixed64(nanos)).map((at) => (_unique: Buffer, now: bigint) => void body.writeBigUInt64LE(now - ENDED + nanos, at)),
    ),
  ];
  return {
    spansPerRequest,
    encoding,
    next() {
      const unique = randomBytes(8);
      const now = BigInt(Date.now()) * 1_000_000n;
      for (const write of places) write(unique, now);
      return encoding === 'gzip' ? gzipSync(body, { level: 1 }) : body;
    },
  };
}

function makeSpan(index: number, spanId: Buffer, traceIds: readonly Buffer[], spanIds: readonly Buffer[]) {
  const isAgent = index % SPANS_PER_TRACE === 0;
  const parentSpanId = isAgent ? undefined : spanIds[index - (index % SPANS_PER_TRACE)];
  const model = ['gpt-4o', 'gpt-4o-mini', 'o3'][index % 3] ?? '';
  return {
    traceId: traceIds[Math.floor(index / SPANS_PER_TRACE)],
    spanId,
    parentSpanId,
    name: isAgent ? 'invoke_agent support' : `chat ${model}`,
    kind: isAgent ? 1 : 3,
    startTimeUnixNano: String(BEGAN),
    endTimeUnixNano: String(ENDED),
    attributes: [
      text('gen_ai.operation.name', isAgent ? 'invoke_agent' : 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.agent.name', 'support'),
      text('tokenledger.team', ['search', 'growth', 'support'][index % 3] ?? ''),
      text('tokenledger.feature', ['chat', 'triage'][index % 2] ?? ''),
      text('user.id', `user-${index * 37}`),
      text('gen_ai.conversation.id', 'conv-5f0c2a91d7be'),
      ...(isAgent
        ? []
        : [
            text('gen_ai.request.model', model),
            text('gen_ai.response.model', model),
            text('gen_ai.response.id', `chatcmpl-${'0'.repeat(ID_DIGITS)}-${index}`),
            { key: 'gen_ai.response.finish_reasons', value: { arrayValue: { values: [{ stringValue: 'stop' }] } } },
            int('gen_ai.usage.input_tokens', 1200 + index),
            int('gen_ai.usage.output_tokens', 300),
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

function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function placesOf(body: Buffer, marker: Buffer): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(marker); at !== -1; at = body.indexOf(marker, at + 1)) places.push(at);
  return places;
}

export interface Sent {
  readonly acknowledged: number;
  readonly refused: number;
  /** Ascending, milliseconds from the first byte sent to the answer. */
  readonly latencies: readonly number[];
}

/** Sends one request after another on each of `connections` until the time is over. Raw sockets: the generator shares the machine. */
export async function send(url: string, load: Load, connections: number, durationMs: number): Promise<Sent> {
  const end = performance.now() + durationMs;
  const result = { acknowledged: 0, refused: 0, latencies: [] as number[] };
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1').setNoDelay(true);
      while (performance.now() < end) {
        const began = performance.now();
        const status = await exchange(socket, load);
        result.latencies.push(performance.now() - began);
        if (status === 200) result.acknowledged += load.spansPerRequest;
        else result.refused += load.spansPerRequest;
      }
      socket.destroy();
    }),
  );
  result.latencies.sort((a, b) => a - b);
  return result;
}

function exchange(socket: Socket, load: Load): Promise<number> {
  const body = load.next();
  const encoding = load.encoding === 'identity' ? '' : `content-encoding: ${load.encoding}\r\n`;
  const head = `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n${encoding}content-length: ${body.length}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    let answer = '';
    const onData = (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      const headEnd = answer.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
      if (answer.length < headEnd + 4 + length) return;
      socket.off('data', onData).off('error', reject);
      resolve(Number(answer.slice(9, 12)));
    };
    socket.on('data', onData).once('error', reject);
    // Copied: the load overwrites its buffer for the next sender.
    socket.write(Buffer.concat([Buffer.from(head), body]));
  });
}
