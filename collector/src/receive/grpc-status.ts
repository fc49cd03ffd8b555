import { Metadata, type StatusObject } from '@grpc/grpc-js';
import type { CollectorError } from '../errors.ts';
import { bytesField, encodeStatus, numberField } from './reply.ts';

/** A `google.protobuf.Any` that holds `google.rpc.RetryInfo { retry_delay: 1 s }`. OTLP clients retry RESOURCE_EXHAUSTED only with it. */
const RETRY_IN_A_SECOND = Buffer.concat([
  bytesField(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')),
  bytesField(2, bytesField(1, numberField(1, 1))),
]);

/** How a refusal is said over gRPC: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response */
export function toGrpcStatus(refusal: CollectorError): StatusObject {
  const { code, grpcCode, retryable, message } = refusal;
  // grpc-js percent-encodes the text, which fails on half a surrogate pair.
  const details = `${code}: ${message}`.toWellFormed();
  const metadata = new Metadata();
  if (retryable) {
    metadata.set('grpc-status-details-bin', Buffer.concat([encodeStatus('protobuf', grpcCode, details), bytesField(3, RETRY_IN_A_SECOND)]));
  }
  return { code: grpcCode, details, metadata };
}
