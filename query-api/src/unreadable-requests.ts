import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { Problem, problemBody, PROBLEM_TYPE, PROBLEMS } from './problem.ts';
import { SECURE_HEADERS } from './security-headers.ts';

/** Filters stand in the address: 500 names of a hundred bytes. */
export const HEADER_LIMIT_BYTES = 64 * 1024;

/** Node's names of what can be wrong with a request before it is one. */
const PROBLEM_OF: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: new Problem('headers_too_large', `at most ${HEADER_LIMIT_BYTES} bytes: ask for fewer values of a filter`),
  ERR_HTTP_REQUEST_TIMEOUT: new Problem('request_timeout', 'the rest of the request did not come'),
};
const NO_HTTP = new Problem('invalid_request', 'this is not HTTP');

/** Node hands out the connection alone: there is no request yet that could be answered. */
export function refuseUnreadable({ code = '' }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerOf(PROBLEM_OF[code] ?? NO_HTTP));
  socket.destroySoon();
}

function answerOf(problem: Problem): string {
  const { status } = PROBLEMS[problem.code];
  const body = JSON.stringify(problemBody(problem));
  const headers = { ...SECURE_HEADERS, 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n');
}
