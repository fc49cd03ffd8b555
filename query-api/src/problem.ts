import { z } from 'zod';

/** Everything this API refuses or fails with. `retryable`: the same request can succeed later. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not understood', retryable: false },
  query_too_heavy: { status: 400, title: 'The query costs more than one may', retryable: false },
  unauthenticated: { status: 401, title: 'No valid API key', retryable: false },
  forbidden: { status: 403, title: 'The API key is for something else', retryable: false },
  not_found: { status: 404, title: 'There is no such thing', retryable: false },
  method_not_allowed: { status: 405, title: 'This address does not know the method', retryable: false },
  request_timeout: { status: 408, title: 'The request did not arrive in time', retryable: true },
  conflict: { status: 409, title: 'Something else is under way', retryable: true },
  body_too_large: { status: 413, title: 'The body is too large', retryable: false },
  address_too_long: { status: 414, title: 'The address is too long', retryable: false },
  unsupported_media_type: { status: 415, title: 'The body is of a type that is not read here', retryable: false },
  too_many_requests: { status: 429, title: 'Too many requests with this key', retryable: true },
  headers_too_large: { status: 431, title: 'Address and headers are too large', retryable: false },
  internal: { status: 500, title: 'A bug in Tokenledger', retryable: false },
  unavailable: { status: 503, title: 'Not available right now', retryable: true },
} as const satisfies Record<string, { readonly status: number; readonly title: string; readonly retryable: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Stock OpenTelemetry and Grafana clients give up when told to wait longer. */
export const RETRY_AFTER_SECONDS = 1;

/** One thing that is wrong with a request. `parameter` is its path, such as `usage.input_tokens`. */
export interface Fault {
  readonly parameter: string;
  readonly message: string;
}

/** Thrown by a route; the error handler answers with it. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly Fault[];

  constructor(code: ProblemCode, detail: string, errors: readonly Fault[] = [], options?: ErrorOptions) {
    super(detail, options);
    this.name = 'Problem';
    this.code = code;
    this.errors = errors;
  }
}

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    detail: z.string(),
    retryable: z.boolean().describe('the same request can succeed later'),
    errors: z.array(z.object({ parameter: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

export const PROBLEM_TYPE = 'application/problem+json';

/** For the `response` of a route: whatever is not its own answer is a problem. */
export const orProblem = {
  default: { description: 'A problem (RFC 9457)', content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
};

export function problemBody({ code, message, errors }: Problem): z.output<typeof problemSchema> {
  const { status, title, retryable } = PROBLEMS[code];
  return { type: 'about:blank', title, status, code, detail: message, retryable, ...(errors.length > 0 && { errors: [...errors] }) };
}
