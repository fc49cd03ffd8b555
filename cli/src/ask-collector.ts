/** What the query API shows of a collector in another process: its books and metrics, fetched on demand. */
export function askCollector(url: string | undefined) {
  const ask = async (path: string): Promise<Response> => {
    if (!url) throw new Error('collector_url is not set, so this process knows no collector');
    const answer = await fetch(new URL(path, url), { signal: AbortSignal.timeout(5_000) });
    if (!answer.ok) throw new Error(`the collector answered ${String(answer.status)} to ${path}`);
    return answer;
  };
  return {
    books: async () => (await (await ask('/v1/books')).json()) as object,
    metrics: async () => (await ask('/metrics')).text(),
  };
}
