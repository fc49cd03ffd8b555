import type { ErrorAnswer } from './answer.ts';

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

export function anthropicError(status: number, message: string): ErrorAnswer {
  return { headers: {}, body: { type: 'error', error: { type: TYPES[status] ?? 'api_error', message }, request_id: null } };
}
