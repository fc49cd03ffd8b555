/** The query API that serves this page. Where it wants a key, the reader is asked for one and it is kept until the tab closes. */
const KEY_NAME = 'tokenledger.query-key';

export class KeyNeeded extends Error {
  constructor() {
    super('The query API wants a key');
    this.name = 'KeyNeeded';
  }
}

export function keepKey(key: string): void {
  sessionStorage.setItem(KEY_NAME, key);
}

interface Rows {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** @throws KeyNeeded on 401; an Error with the API's own words on any other failure */
export async function askRows(url: URL, signal?: AbortSignal): Promise<Rows['rows']> {
  const key = sessionStorage.getItem(KEY_NAME);
  const answer = await fetch(url, { ...(signal && { signal }), headers: key === null ? {} : { authorization: `Bearer ${key}` } });
  if (answer.status === 401) throw new KeyNeeded();
  const body = (await answer.json()) as Rows & { readonly detail?: string; readonly title?: string };
  if (!answer.ok) throw new Error(body.detail ?? body.title ?? `The query API answered ${answer.status}`);
  return body.rows;
}
