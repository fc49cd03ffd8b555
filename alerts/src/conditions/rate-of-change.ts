import { measureOf, NOTHING } from '@tokenledger/ledger';
import { type Finding, type Question, type RuleWith } from './finding.ts';
import { show } from '../show.ts';
import { showBound } from './threshold.ts';
import { WEEK_MS } from './period.ts';
import { keyOf, readSeries, toFloat, windowOf } from './series.ts';

/** The window against the same hours of the week before: so many times as much, and so much more. */
export async function findRateOfChange(rule: RuleWith<'rate_of_change'>, { reader, now }: Question): Promise<readonly Finding[]> {
  const window = windowOf(rule, now);
  const { ratio, min_change: least } = rule.condition;
  const [series, before] = await Promise.all([
    readSeries(reader, rule, window),
    readSeries(reader, rule, { from: window.from - WEEK_MS, to: window.to - WEEK_MS }),
  ]);
  const previous = new Map(before.map((each) => [keyOf(each.labels), each.value]));
  // Who called nobody spent nothing; how long nothing took is not known.
  const ofNothing = measureOf(rule.measure).value(NOTHING);
  return series.map(({ labels, value, calls }) => {
    const known = previous.get(keyOf(labels));
    const old = known === undefined ? ofNothing : known;
    const said = `${rule.measure} is ${show(rule.measure, value)}, a week before ${show(rule.measure, old)}`;
    const [is, was] = [toFloat(value), toFloat(old)];
    const isBreach = is >= was * ratio && is - was >= Number(least);
    const verdict = value === null || old === null ? 'hold' : calls >= rule.min_calls && isBreach ? 'breach' : 'clear';
    const facts = {
      threshold: `${ratio} times the week before, and ${showBound(rule.measure, least)} more`,
      expected: show(rule.measure, old),
    };
    return { labels, value, window, judgement: { verdict, reason: said }, facts };
  });
}
