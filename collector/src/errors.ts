interface RefusalFacts {
  readonly status: number;
  readonly grpcCode: number;
  readonly retryable: boolean;
}

/**
 * Every way a request can be refused. `status` is HTTP's, `grpcCode` goes into the body's google.rpc.Status. A retryable
 * refusal says "not now" and is answered with `Retry-After: 1`; OTLP clients drop the batch on every other one.
 */
const REFUSALS = {
  undecodable_body: { status: 400, grpcCode: 3, retryable: false },
  undecompressable_body: { status: 400, grpcCode: 3, retryable: false },
  missing_key: { status: 401, grpcCode: 16, retryable: false },
  malformed_key: { status: 401, grpcCode: 16, retryable: false },
  unknown_key: { status: 401, grpcCode: 16, retryable: false },
  expired_key: { status: 401, grpcCode: 16, retryable: false },
  wrong_scope: { status: 403, grpcCode: 7, retryable: false },
  wrong_route: { status: 404, grpcCode: 12, retryable: false },
  wrong_method: { status: 405, grpcCode: 12, retryable: false },
  body_too_large: { status: 413, grpcCode: 8, retryable: false },
  unsupported_content_type: { status: 415, grpcCode: 3, retryable: false },
  unsupported_content_encoding: { status: 415, grpcCode: 3, retryable: false },
  bad_request: { status: 400, grpcCode: 3, retryable: false },
  internal: { status: 500, grpcCode: 13, retryable: false },
  overloaded: { status: 503, grpcCode: 14, retryable: true },
  stopping: { status: 503, grpcCode: 14, retryable: true },
  journal_full: { status: 503, grpcCode: 14, retryable: true },
  journal_unwritable: { status: 503, grpcCode: 14, retryable: true },
} as const satisfies Readonly<Record<string, RefusalFacts>>;
export type RefusalCode = keyof typeof REFUSALS;

export class CollectorError extends Error {
  override readonly name = 'CollectorError';
  readonly code: RefusalCode;
  readonly status: number;
  readonly grpcCode: number;
  readonly retryable: boolean;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = REFUSALS[code].status;
    this.grpcCode = REFUSALS[code].grpcCode;
    this.retryable = REFUSALS[code].retryable;
  }
}
