import type { Finding, Question, RuleWith } from './finding.ts';
import { DAY_MS } from './period.ts';
import { keyOf, readSeries, windowOf } from './series.ts';

/** Who called in the last day and does so no more. No calls are not a cost of 0: perhaps nothing arrives. */
export async function findNoData(rule: RuleWith<'no_data'>, { reader, now }: Question): Promise<readonly Finding[]> {
  const window = windowOf(rule, now);
  const [current, before] = await Promise.all([
    readSeries(reader, rule, window),
    readSeries(reader, rule, { from: window.from - DAY_MS, to: window.to }),
  ]);
  const alive = new Map(current.map((each) => [keyOf(each.labels), each.calls]));
  return before.flatMap(({ labels, calls: lately }) => {
    const calls = alive.get(keyOf(labels)) ?? 0;
    if (lately === 0) return [];
    const reason = `${calls} calls in the window, ${lately} since the day before`;
    const verdict = calls > 0 ? ('clear' as const) : ('breach' as const);
    return [{ labels, value: calls, window, judgement: { verdict, reason }, facts: { threshold: 'at least 1 call' } }];
  });
}
