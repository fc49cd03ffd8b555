import type { SpendQuery, SpendResult, TenantReader } from '@tokenledger/ledger';

interface Asked {
  readonly query: SpendQuery;
  readonly answer: (result: Promise<SpendResult>) => void;
}

/** Everything but what is measured. */
const shapeOf = ({ from, to, interval, groupBy, filters, search, direction, limit }: SpendQuery) =>
  JSON.stringify([from, to, interval, groupBy, filters, search, direction, limit]);
const measuresOf = ({ measures = ['cost', 'calls'] }: SpendQuery) => measures;
const rankOf = (query: SpendQuery) => query.orderBy ?? measuresOf(query)[0];

/**
 * For one round of evaluations, where hundreds of rules ask much the same: questions of one turn that differ only in what they
 * measure are one query, and what was asked before is not asked again.
 */
export function sharingReader(reader: TenantReader): TenantReader {
  const known = new Map<
    string,
    { readonly measures: ReadonlySet<string>; readonly rank: string | undefined; readonly result: Promise<SpendResult> }[]
  >();
  let waiting = new Map<string, Asked[]>();

  function ask(shape: string, asked: readonly Asked[]): void {
    const [first] = asked;
    if (!first) return;
    const measures = new Set(asked.flatMap(({ query }) => measuresOf(query)));
    const rank = rankOf(first.query);
    const result = reader.spend({ ...first.query, measures: [...measures], ...(rank !== undefined && { orderBy: rank }) });
    result.catch(() => undefined); // Whoever asked hears of it.
    known.set(shape, [...(known.get(shape) ?? []), { measures, rank, result }]);
    for (const { query, answer } of asked) answer(result.then((found) => (isMine(found, rank, query) ? found : reader.spend(query))));
  }

  function askAll(): void {
    const asking = waiting;
    waiting = new Map();
    for (const [shape, asked] of asking) ask(shape, asked);
  }

  return {
    ...reader,
    spend(query) {
      const shape = shapeOf(query);
      const before = known.get(shape)?.find(({ measures }) => measuresOf(query).every((name) => measures.has(name)));
      if (before) return before.result.then((found) => (isMine(found, before.rank, query) ? found : reader.spend(query)));
      return new Promise((resolve) => {
        if (waiting.size === 0) setImmediate(askAll);
        waiting.set(shape, [...(waiting.get(shape) ?? []), { query, answer: resolve }]);
      });
    },
  };
}

/** Where there are more groups than asked for, which ones came depends on what they were ranked by. */
const isMine = ({ truncated }: SpendResult, rank: string | undefined, query: SpendQuery) => !truncated || rank === rankOf(query);
