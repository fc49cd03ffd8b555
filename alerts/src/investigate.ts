import { LedgerError } from '@tokenledger/ledger';
import type { Finding, Question } from './conditions/finding.ts';
import { endOf, toFloat } from './conditions/series.ts';
import { filtersFor, readContributors, readEffects, sayWhy } from './conditions/why.ts';
import { traceLink } from './links.ts';
import type { Rule } from './rule.ts';

/** Of so many newest calls the dearest is shown. */
const CALLS_LOOKED_AT = 200;

/**
 * What somebody who is woken up would look at first: why (against the same window a week before, unless the condition knows
 * better), who added the most, and the trace of a dear call. Told once, when it fires.
 */
export async function investigate(
  rule: Rule,
  finding: Finding,
  { reader, now, publicUrl }: Pick<Question, 'reader' | 'now'> & { readonly publicUrl: string },
): Promise<Readonly<Record<string, string>>> {
  const { labels, window } = finding;
  const isCost = rule.measure === 'cost';
  try {
    const [contributors, why, trace] = await Promise.all([
      isCost ? readContributors(reader, rule, labels, window) : [],
      isCost && finding.facts?.['why'] === undefined && window.to - window.from <= DAY_MS ? readWhy(rule, finding, reader) : undefined,
      readDearest(rule, finding, reader, Math.min(window.to, endOf(rule, now))),
    ]);
    return {
      ...(why !== undefined && { why }),
      ...(contributors.length > 0 && { top_contributors: contributors.join('; ') }),
      ...(trace !== undefined && { trace: traceLink(publicUrl, trace) }),
    };
  } catch (error) {
    // The alert is known, only its story is not: it must not wait.
    if (error instanceof LedgerError) return {};
    throw error;
  }
}

const DAY_MS = 86_400_000;

async function readWhy(rule: Rule, { labels, window, value }: Finding, reader: Question['reader']): Promise<string | undefined> {
  if (!(toFloat(value) > 0)) return undefined;
  const shift = 7 * DAY_MS;
  const usual = { from: window.from - shift, to: window.to - shift };
  const effects = await readEffects(reader, rule, { labels, window, usual });
  return effects && sayWhy(effects);
}

async function readDearest(rule: Rule, { labels, window: { from } }: Finding, reader: Question['reader'], to: number) {
  const { calls } = await reader.calls({ from, to, filters: filtersFor(rule, labels), limit: CALLS_LOOKED_AT });
  const dearest = calls.reduce<(typeof calls)[number] | undefined>(
    (best, call) => ((call.cost ?? 0n) > (best?.cost ?? -1n) ? call : best),
    undefined,
  );
  return dearest?.traceId;
}
