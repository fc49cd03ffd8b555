import { type handleUnaryCall, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { type Admission, authenticate, OTLP_SIGNALS, type OtlpSignal } from './admission.ts';
import { createConnections } from './connections.ts';
import { createGate } from './gate.ts';
import { admitCalls } from './grpc-admit.ts';
import { toGrpcStatus } from './grpc-status.ts';
import { toRefusal } from './refuse.ts';
import { encodeResponse } from './reply.ts';
import type { Server as OtlpServer } from './server.ts';

const SERVICES: Readonly<Record<OtlpSignal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  logs: 'opentelemetry.proto.collector.logs.v1.LogsService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};
const IDLE_CONNECTION_MS = 300_000;

/** gRPC has taken the message out of its frame and decompressed it; what is left is what HTTP has in a plain body. */
const PLAIN_PROTOBUF = { encoding: 'protobuf', compression: 'identity' } as const;

/** OTLP/gRPC, without TLS: `Export` of the services for traces, logs and metrics. */
export function createGrpcServer(admission: Admission): OtlpServer {
  const { keys, rate, limits, log, refused } = admission;
  const refuse = (error: unknown, path: string) => {
    const refusal = toRefusal(error);
    refused(refusal.code);
    if (refusal.code === 'internal') log.error({ err: error, path }, 'a call failed for a reason nobody foresaw');
    return toGrpcStatus(refusal);
  };
  const server = new Server({
    'grpc.max_receive_message_length': limits.bodyBytes,
    'grpc.max_connection_idle_ms': IDLE_CONNECTION_MS,
    'grpc.enable_channelz': 0,
    interceptors: [
      admitCalls({
        admit: (metadata) => rate.admit(authenticate(authorizationOf(metadata), keys).sender),
        receiving: createGate(limits.grpcReceiving, limits.grpcWaiting),
        requestMs: limits.requestMs,
        mostWaiting: limits.grpcWaiting,
        refuse,
      }),
    ],
  });
  for (const signal of OTLP_SIGNALS) {
    server.addService(exportService(SERVICES[signal]), { Export: exportHandler(signal, admission, refuse) });
  }
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const connections = createConnections((socket) => injector.injectConnection(socket));
  return {
    listen: async (host, port) => `http://${await connections.listen(host, port)}`,
    async close() {
      // Senders are told to begin no more calls.
      injector.destroy();
      await connections.close(limits.stopRequestsMs);
      server.forceShutdown();
    },
  };
}

/** The messages stay bytes: they are decoded, stripped and kept as those of HTTP are. */
function exportService(name: string): ServiceDefinition {
  const asBytes = (bytes: Buffer) => bytes;
  return {
    Export: {
      path: `/${name}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asBytes,
      requestDeserialize: asBytes,
      responseSerialize: asBytes,
      responseDeserialize: asBytes,
    },
  };
}

function exportHandler(
  signal: OtlpSignal,
  { receivers, keys, rate, budget, answered }: Admission,
  refuse: (error: unknown, path: string) => ReturnType<typeof toGrpcStatus>,
): handleUnaryCall<Buffer, Buffer> {
  return async (call, respond) => {
    const began = performance.now();
    const lease = budget.lease();
    const plain = call.request;
    let status = 200;
    try {
      const { tenant, sender } = authenticate(authorizationOf(call.metadata), keys);
      rate.spend(sender, plain.length);
      lease.take(plain.length);
      const partial = await receivers[signal]({ tenant, media: PLAIN_PROTOBUF, body: plain, plain });
      respond(null, encodeResponse('protobuf', partial));
    } catch (error) {
      status = toRefusal(error).status;
      respond(refuse(error, call.getPath()));
    } finally {
      lease.release();
      answered(signal, status, (performance.now() - began) / 1000);
    }
  };
}

function authorizationOf(metadata: { get(key: string): (string | Buffer)[] }): string | undefined {
  return metadata.get('authorization')[0]?.toString();
}
