import type { Trace } from './trace/trace.ts';

/** The query API that serves this page. Where it wants a key, the reader is asked for one and it is kept until the tab closes. */
const KEY_NAME = 'tokenledger.query-key';

/** Without one, or with one that is not for this: the API says which in its own words. */
export class KeyNeeded extends Error {
  constructor(says = 'The query API wants a key') {
    super(says);
    this.name = 'KeyNeeded';
  }
}

export function keepKey(key: string): void {
  sessionStorage.setItem(KEY_NAME, key);
}
export const hasKey = () => sessionStorage.getItem(KEY_NAME) !== null;

interface Rows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** @throws KeyNeeded on 401 and 403; an Error with the API's own words on any other failure */
export async function askRows(url: URL): Promise<Rows['rows']> {
  return ((await ask(url)) as Rows).rows;
}

export async function askTrace(traceId: string): Promise<Trace> {
  return (await ask(new URL(`/v1/traces/${traceId}`, location.origin))) as Trace;
}

/** Whether anything was ever asked of a provider that we know of, in the time that calls are kept. */
export async function hasRequests(): Promise<boolean> {
  const url = new URL('/v1/spend', location.origin);
  const now = Date.now();
  for (const [name, value] of Object.entries({ from: now - KEPT_MS, to: now + HOUR_MS, interval: 'none', measures: 'requests' })) {
    url.searchParams.set(name, String(value));
  }
  return (await askRows(url)).some(({ requests }) => Number(requests) > 0);
}

const HOUR_MS = 3_600_000;
const KEPT_MS = 400 * 24 * HOUR_MS;

const underway = new Map<string, Promise<unknown>>();

/** Panels that ask the same at once share the answer: a browser would ask for them one after the other. */
function ask(url: URL): Promise<unknown> {
  const answer = underway.get(url.href) ?? fetchJson(url).finally(() => underway.delete(url.href));
  underway.set(url.href, answer);
  return answer;
}

async function fetchJson(url: URL): Promise<unknown> {
  const key = sessionStorage.getItem(KEY_NAME);
  const answer = await fetch(url, { headers: key === null ? {} : { authorization: `Bearer ${key}` } }).catch(() => {
    throw new Error('The query API does not answer: is Tokenledger running?');
  });
  if (!answer.ok) throw await toError(answer);
  return answer.json();
}

/** Something between here and the API may answer in its place, and not in JSON. */
async function toError(answer: Response): Promise<Error> {
  const { detail } = (await answer.json().catch(() => ({}))) as { readonly detail?: string };
  if (answer.status === 401 || answer.status === 403) return new KeyNeeded(detail);
  return new Error(detail ?? `The query API answered ${answer.status}`);
}
