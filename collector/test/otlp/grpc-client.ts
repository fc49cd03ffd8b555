import { Client, compressionAlgorithms, credentials, Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';

const SERVICES = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

export interface GrpcAnswer {
  /** `google.rpc.Code`; 0 is success. */
  readonly code: number;
  readonly message: string;
  readonly body: Buffer;
  /** `google.rpc.Status` with its details. */
  readonly details: Buffer | undefined;
}

export interface GrpcClient {
  export(signal: keyof typeof SERVICES, body: Uint8Array, key?: string): Promise<GrpcAnswer>;
  close(): void;
}

/** A gRPC channel that sends bytes as they are; the bytes are the message. */
export function connectGrpc(grpcUrl: string | undefined, { gzip = false } = {}): GrpcClient {
  const client = new Client(new URL(grpcUrl ?? '').host, credentials.createInsecure(), {
    ...(gzip && { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip }),
    'grpc.enable_retries': 0,
  });
  onTestFinished(() => client.close());
  return {
    close: () => client.close(),
    export: (signal, body, key) => {
      const metadata = new Metadata();
      if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
      return new Promise((resolve) => {
        client.makeUnaryRequest(
          `/${SERVICES[signal]}/Export`,
          (bytes: Uint8Array) => Buffer.from(bytes),
          (bytes) => bytes,
          body,
          metadata,
          (error, answer) => resolve(toAnswer(error, answer)),
        );
      });
    },
  };
}

function toAnswer(error: ServiceError | StatusObject | null, answer: Buffer | undefined): GrpcAnswer {
  const details = error?.metadata.get('grpc-status-details-bin')[0];
  return {
    code: error?.code ?? 0,
    message: error?.details ?? '',
    body: answer ?? Buffer.alloc(0),
    details: typeof details === 'string' ? Buffer.from(details) : details,
  };
}
