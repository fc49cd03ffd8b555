import type { ClientHttp2Session } from 'node:http2';
import { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Config } from '../config.ts';
import { startTimer, stopTimer } from '../timers.ts';
import { readTlsFiles } from './tls-files.ts';

/** Source: OpenTelemetry specification, OTLP/gRPC: statuses after which the same may be sent again. */
const RETRYABLE = new Set([1, 4, 8, 10, 11, 14, 15]);

/** A status that no repetition changes. */
class Refusal extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`the collector answered with gRPC status ${code}`);
    this.code = code;
  }
}

/** OTLP/gRPC without gRPC's library: a batch is one unary call on a connection of its own. */
export function openGrpcExporter(config: Config, serialize: (spans: readonly ReadableSpan[]) => Uint8Array): SpanExporter {
  return {
    export(spans, onResult) {
      compressed(config, serialize(spans))
        .then((message) => send(config, message))
        .then(
          () => onResult({ code: ExportResultCode.SUCCESS }),
          (error: Error) => onResult({ code: ExportResultCode.FAILED, error }),
        );
    },
    shutdown: () => Promise.resolve(),
  };
}

function compressed({ isCompressed }: Config, message: Uint8Array): Promise<Uint8Array> {
  if (!isCompressed) return Promise.resolve(message);
  const { gzip } = process.getBuiltinModule('node:zlib');
  return process.getBuiltinModule('node:util').promisify(gzip)(message);
}

function send({ endpoint, headers, exportTimeoutMs, tlsFiles, isCompressed }: Config, message: Uint8Array): Promise<void> {
  const { connect } = process.getBuiltinModule('node:http2');
  let session: ClientHttp2Session | undefined;
  let patience: NodeJS.Timeout | undefined;
  return new Promise<void>((resolve, reject) => {
    const url = new URL(endpoint);
    session = connect(url.origin, readTlsFiles(tlsFiles)).on('error', reject);
    const encoding = isCompressed && { 'grpc-encoding': 'gzip' };
    const call = session.request({ ...headers, ...GRPC_HEADERS, ...encoding, ':method': 'POST', ':path': url.pathname });
    const onStatus = (told: Readonly<Record<string, unknown>>): void => {
      const status = Number(told['grpc-status'] ?? NaN);
      if (status === 0) resolve();
      else if (status > 0) reject(RETRYABLE.has(status) ? new Error(`gRPC status ${status}`) : new Refusal(status));
    };
    call.on('response', onStatus).on('trailers', onStatus).on('error', reject);
    call.on('close', () => reject(new Error('the collector gave no gRPC status')));
    patience = startTimer(() => call.destroy(new Error('the collector did not answer in time')), exportTimeoutMs);
    call.resume().end(grpcFrame(message, isCompressed));
  }).finally(() => {
    stopTimer(patience);
    session?.destroy();
  });
}

export const GRPC_HEADERS = { 'content-type': 'application/grpc', te: 'trailers' } as const;

/** A flag, the length, the message. Source: gRPC over HTTP2. */
export function grpcFrame(message: Uint8Array, isCompressed = false): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame[0] = isCompressed ? 1 : 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}
