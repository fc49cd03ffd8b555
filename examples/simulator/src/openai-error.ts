import type { ErrorAnswer } from './answer.ts';

const CODES: Readonly<Record<number, { readonly type: string; readonly code: string | null }>> = {
  400: { type: 'invalid_request_error', code: null },
  401: { type: 'invalid_request_error', code: 'invalid_api_key' },
  404: { type: 'invalid_request_error', code: 'model_not_found' },
  429: { type: 'requests', code: 'rate_limit_exceeded' },
};

export function openaiError(status: number, message: string): ErrorAnswer {
  const { type, code } = CODES[status] ?? { type: 'server_error', code: null };
  return { headers: {}, body: { error: { message, type, param: null, code } } };
}
