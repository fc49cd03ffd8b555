import { status as Grpc } from '@grpc/grpc-js';

interface RefusalFacts {
  readonly status: number;
  readonly grpcCode: Grpc;
  readonly retryable: boolean;
}

/**
 * Every way a request can be refused. `status` is HTTP's; `grpcCode` is gRPC's, and goes into the google.rpc.Status of an HTTP body, too.
 * A retryable refusal says "not now" and is answered with `Retry-After: 1` or `RetryInfo`; OTLP clients drop the batch on every other one.
 */
const REFUSALS = {
  undecodable_body: { status: 400, grpcCode: Grpc.INVALID_ARGUMENT, retryable: false },
  undecompressable_body: { status: 400, grpcCode: Grpc.INVALID_ARGUMENT, retryable: false },
  missing_key: { status: 401, grpcCode: Grpc.UNAUTHENTICATED, retryable: false },
  malformed_key: { status: 401, grpcCode: Grpc.UNAUTHENTICATED, retryable: false },
  unknown_key: { status: 401, grpcCode: Grpc.UNAUTHENTICATED, retryable: false },
  expired_key: { status: 401, grpcCode: Grpc.UNAUTHENTICATED, retryable: false },
  wrong_scope: { status: 403, grpcCode: Grpc.PERMISSION_DENIED, retryable: false },
  wrong_route: { status: 404, grpcCode: Grpc.UNIMPLEMENTED, retryable: false },
  wrong_method: { status: 405, grpcCode: Grpc.UNIMPLEMENTED, retryable: false },
  body_too_large: { status: 413, grpcCode: Grpc.RESOURCE_EXHAUSTED, retryable: false },
  unsupported_content_type: { status: 415, grpcCode: Grpc.INVALID_ARGUMENT, retryable: false },
  unsupported_content_encoding: { status: 415, grpcCode: Grpc.INVALID_ARGUMENT, retryable: false },
  bad_request: { status: 400, grpcCode: Grpc.INVALID_ARGUMENT, retryable: false },
  internal: { status: 500, grpcCode: Grpc.INTERNAL, retryable: false },
  rate_limited: { status: 429, grpcCode: Grpc.RESOURCE_EXHAUSTED, retryable: true },
  overloaded: { status: 503, grpcCode: Grpc.UNAVAILABLE, retryable: true },
  stopping: { status: 503, grpcCode: Grpc.UNAVAILABLE, retryable: true },
  journal_full: { status: 503, grpcCode: Grpc.UNAVAILABLE, retryable: true },
  journal_unwritable: { status: 503, grpcCode: Grpc.UNAVAILABLE, retryable: true },
} as const satisfies Readonly<Record<string, RefusalFacts>>;
export type RefusalCode = keyof typeof REFUSALS;

export class CollectorError extends Error {
  override readonly name = 'CollectorError';
  readonly code: RefusalCode;
  readonly status: number;
  readonly grpcCode: Grpc;
  readonly retryable: boolean;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = REFUSALS[code].status;
    this.grpcCode = REFUSALS[code].grpcCode;
    this.retryable = REFUSALS[code].retryable;
  }
}
