import type { Books } from '@tokenledger/collector';
import { askApi } from '../ask-api.ts';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig } from '../config.ts';

interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

interface Check {
  readonly name: string;
  readonly path: () => string;
  readonly judge: (answer: never) => Finding;
}

interface Coverage {
  readonly calls: number;
  readonly cost_usd: string | null;
  readonly unpriced_calls: number;
  readonly unpriced: readonly { readonly provider: string; readonly model: string; readonly reason: string; readonly calls: number }[];
  readonly flagged_calls: number;
  readonly price_book: { readonly age_days: number | null };
}

/** What an operator would look at first, in that order. A check that finds something wrong fails. */
const CHECKS: readonly Check[] = [
  {
    name: 'query API and ClickHouse',
    path: () => '/readyz',
    judge: () => ({ ok: true, text: 'both answer' }),
  },
  {
    name: 'books',
    path: () => '/v1/books',
    judge: ({ received, stored, duplicate, rejected, dropped, waiting, balanced }: Books) => ({
      ok: balanced && sum(dropped) === 0,
      text:
        `${received} spans received = ${stored} stored + ${duplicate} duplicate + ${listed('rejected', rejected)} + ${listed('dropped', dropped)} + ${waiting} waiting` +
        (balanced ? '' : ', which does not balance'),
    }),
  },
  {
    name: 'last 24 hours',
    path: () => `/v1/coverage?from=${Date.now() - 86_400_000}&to=${Date.now()}`,
    judge: ({ calls, cost_usd: cost, unpriced_calls: unpricedCalls, unpriced, flagged_calls: flagged, price_book: book }: Coverage) => ({
      ok: unpricedCalls === 0,
      text: [
        `cost ${cost === null ? 'unknown' : `${cost} USD`}, calls ${calls}, without a price ${unpricedCalls}`,
        `flagged ${flagged} (numbers that contradict each other, or an emitter that is not known)`,
        `age of the published prices: ${book.age_days === null ? 'unknown' : `${book.age_days} days`}`,
        ...unpriced.map((each) => `no price: ${each.provider} ${each.model}, calls ${each.calls} (${each.reason})`),
      ].join('\n     '),
    }),
  },
];

export const doctor: Command = {
  name: 'doctor',
  summary: 'is it up, do the books balance, is everything priced',
  async run(args, out) {
    const { config } = loadConfig({ args });
    let failed = false;
    for (const [index, { name, path, judge }] of CHECKS.entries()) {
      const finding = await askApi(config, path()).then(
        (answer) => judge(answer as never),
        (error: unknown): Finding => {
          if (!(error instanceof ConfigError)) throw error;
          return { ok: false, text: error.problems.join('; ') };
        },
      );
      out(`${finding.ok ? 'ok  ' : 'FAIL'} ${name}: ${finding.text}`);
      // Without an answer the other checks would only repeat that.
      if (!finding.ok && index === 0) return 1;
      failed ||= !finding.ok;
    }
    return failed ? 1 : 0;
  },
};

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, count) => total + count, 0);

function listed(word: string, reasons: Readonly<Record<string, number>>): string {
  const names = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return `${sum(reasons)} ${word}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
}
