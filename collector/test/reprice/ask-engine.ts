import type { Engine } from '@tokenledger/ledger';

/** Looks into the tables past the ledger. */
export async function askEngine<Row>({ url, username, password }: Engine, query: string): Promise<readonly Row[]> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(`${url}/?database=tokenledger`, {
    method: 'POST',
    headers: { authorization },
    body: `${query} FORMAT JSONEachRow`,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Row]));
}
