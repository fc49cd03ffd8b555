import { object, parseObject } from '../json.ts';

type Fetch = typeof globalThis.fetch;

const CHAT = /\/chat\/completions(?:\?|$)/;

/**
 * A `fetch` that asks for the usage of streamed chat completions whose caller did not. The app then sees one more chunk, the last,
 * without choices: only for who opted in.
 */
export function includeUsage(original: Fetch): Fetch {
  return function fetch(this: unknown, input: Parameters<Fetch>[0], init?: RequestInit): Promise<Response> {
    const url = input instanceof Request ? input.url : input instanceof URL ? input.href : input;
    const body = CHAT.test(url) && typeof init?.body === 'string' ? withUsage(init.body) : undefined;
    return original.call(this, input, body === undefined || mayStateLength(init?.headers) ? init : { ...init, body });
  };
}

/** Then another body would not be sent. Of headers that are none `fetch` tells the app itself. */
function mayStateLength(headers: RequestInit['headers']): boolean {
  try {
    return new Headers(headers).has('content-length');
  } catch {
    return true;
  }
}

function withUsage(json: string): string | undefined {
  const body = parseObject(json);
  const options = object(body?.['stream_options']);
  if (body?.['stream'] !== true || options?.['include_usage'] !== undefined) return undefined;
  return JSON.stringify({ ...body, stream_options: { ...options, include_usage: true } });
}
