import { request } from 'undici';
import type { guardedAgent } from './guarded-agent.ts';

interface Post {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly dispatcher: ReturnType<typeof guardedAgent>;
  readonly signal: AbortSignal;
}

/** What a receiver says beside the status is not read; so much is let through so that the connection can be used again. */
const MOST_LET_THROUGH = { bytes: 16 * 1024, ms: 1_000 };

/** Redirects are not followed. Done when the status is known, however slowly the rest of the answer comes. */
export async function postJson(url: string, { body, headers, dispatcher, signal }: Post) {
  const answer = await request(url, {
    method: 'POST',
    dispatcher,
    signal,
    headers: { 'content-type': 'application/json', 'user-agent': 'tokenledger', ...headers },
    body,
  });
  const { bytes, ms } = MOST_LET_THROUGH;
  await answer.body.dump({ limit: bytes, signal: AbortSignal.timeout(ms) }).catch(() => undefined);
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'] };
}
