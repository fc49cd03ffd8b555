import { setTimeout as sleep } from 'node:timers/promises';
import type { Baseline } from '../detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from '../detector/defaults.ts';
import { impactOf, isStill, type Newest, notable, type Sensitivity, type Surprise, surprises } from '../detector/detect.ts';
import { effectsOf } from '../detector/effects.ts';
import { isSuspect } from '../detector/prices.ts';
import { falseDiscoveryBound, normalTail } from '../detector/tail.ts';
import { type Finding, type Question, type RuleWith, usdOf } from './finding.ts';
import { showMoney, showUsd, usdFacts, usdToMoney } from '../show.ts';
import { endOf, keyOf, readSeries, type Series, toFloat, type Window } from './series.ts';
import { type Suspect, unexplained, type Verdict } from './unexplained.ts';
import { baselineOf, lately, learnDue } from './watch.ts';
import { sayWhy } from './why.ts';

const LEARNED_AT_ONCE = 100;
/** Other rules do not wait for the four weeks that this one must read first. */
const PATIENCE_MS = 1_500;

interface Judged extends Series {
  readonly key: string;
  /** `undefined`: what is normal is not known. */
  readonly found?: readonly Surprise[] | undefined;
  readonly restated?: (...prices: Parameters<Suspect['restate']>) => readonly Surprise[];
  readonly isSmall: boolean;
  /** False while others are learned first. */
  readonly isKnown: boolean;
}

/**
 * Spend that is far above what the hour of the week, the last days and the noise of the series explain: more requests, or dearer
 * ones. Neither a new price nor plain growth, a launch or a job that recurs is one. A series without a week of history is still being
 * learned.
 */
export async function findAnomaly(rule: RuleWith<'anomaly'>, question: Question): Promise<readonly Finding[]> {
  const { reader, now, watches, learnAtOnce = LEARNED_AT_ONCE, patienceMs = PATIENCE_MS } = question;
  const to = endOf(rule, now);
  const newest = { from: to - rule.window, to };
  const [watch, series] = await Promise.all([inTime(watches.of(rule, question, to), patienceMs), readSeries(reader, rule, newest)]);
  if (!watch)
    return series.map((each) => ({ ...each, window: newest, judgement: { verdict: 'hold', reason: 'the past is still being read' } }));
  const sensitivity = sensitivityOf(rule);
  const keyed = series.map((each) => ({ ...each, key: keyOf(each.labels), cost: toFloat(each.value) }));
  // What did not even spend the floor in all windows together cannot be so much above anything.
  const isSmall = ({ key, cost }: (typeof keyed)[number]) => {
    const watched = watch.series.get(key);
    return cost + (watched ? lately(watched) : 0) < sensitivity.impact;
  };
  learnDue(
    watch,
    keyed.filter((each) => !isSmall(each)),
    learnAtOnce,
  );
  const judged = keyed.map((each): Judged => {
    if (isSmall(each)) return { ...each, found: [], isSmall: true, isKnown: true };
    const watched = watch.series.get(each.key);
    const baseline = watched && baselineOf(watch, watched);
    return {
      ...each,
      isSmall: false,
      isKnown: !watched || watched.learned !== undefined,
      ...(baseline && judge(baseline, { startMs: newest.from, calls: each.calls, cost: each.cost })),
    };
  });
  const chanceOf = (found: readonly Surprise[]) => normalTail(Math.max(...found.map(({ z: sigmas }) => sigmas)));
  const chances = new Map(judged.flatMap(({ key, found = [] }) => (found.length > 0 ? [[key, chanceOf(found)] as const] : [])));
  const bound = falseDiscoveryBound([...chances.values()], sensitivity.falseDiscoveryRate);
  // Of a series as a whole: what its windows say is one finding.
  const believed = (found: readonly Surprise[], most = bound) => (chanceOf(found) <= most ? notable(found, sensitivity) : []);
  const suspects = judged.flatMap(({ key, labels, calls, found = [], restated }): Suspect[] => {
    if (calls < rule.min_calls || !restated || !isSuspect(found, believed(found))) return [];
    const restate: Suspect['restate'] = (...prices) => {
      const again = restated(...prices);
      // What a lower price hid is one of the many as well, with the chance that it has at the prices of the day.
      const most = falseDiscoveryBound([...new Map(chances).set(key, chanceOf(again)).values()], sensitivity.falseDiscoveryRate);
      return { found: again, large: believed(again, most) };
    };
    return [{ labels, found, restate }];
  });
  const verdicts = await unexplained(rule, question, { suspects, sensitivity, watch, to });
  return judged.map((each) => tell(rule, each, newest, verdicts.get(keyOf(each.labels))));
}

const judge = (baseline: Baseline, newest: Newest) => ({
  found: surprises(baseline, newest),
  restated: (...[priced, priceIndex]: Parameters<Suspect['restate']>) => surprises(priced(baseline), newest, priceIndex),
});

function sensitivityOf({
  condition: { z, min_impact_usd: least },
}: RuleWith<'anomaly'>): Sensitivity & { readonly falseDiscoveryRate: number } {
  return { ...DEFAULT_SENSITIVITY, ...(z !== undefined && { z: { volume: z, intensity: z } }), impact: Number(least) };
}

function tell(
  rule: RuleWith<'anomaly'>,
  { labels, value, found, isSmall, isKnown }: Judged,
  newest: Window,
  verdict: Verdict | undefined,
): Finding {
  const say = (kind: Finding['judgement']['verdict'], reason: string): Finding => ({
    labels,
    value,
    window: newest,
    judgement: { verdict: kind, reason },
  });
  if (!found) return say(isKnown ? 'clear' : 'hold', 'what is normal is still being learned');
  if (verdict === 'later') return say('hold', 'many series changed at once; this one is looked at next');
  if (verdict) return tellBreach(rule, labels, newest.to, verdict);
  if (isSmall) return say('clear', 'less than the floor was spent');
  return isStill(found) ? say('hold', 'spend is not yet back to normal') : say('clear', 'spend is normal');
}

function tellBreach(
  rule: RuleWith<'anomaly'>,
  labels: Finding['labels'],
  to: number,
  { surprise, now, usual }: Exclude<Verdict, 'later'>,
): Finding {
  const { cost, expectedCost, z, kind, ratio, startMs } = surprise;
  const effects = effectsOf(now, usual, expectedCost);
  const why = effects && sayWhy(effects, kind);
  const what = kind === 'volume' ? `${ratio.toFixed(1)} times the requests` : `requests that cost ${ratio.toFixed(1)} times as much`;
  const reason = `${showUsd(cost)} since ${new Date(startMs).toISOString().slice(0, 16)}Z, ${showUsd(expectedCost)} expected; ${what}`;
  return {
    labels,
    value: usdToMoney(cost),
    window: { from: startMs, to },
    judgement: { verdict: 'breach', reason: why ? `${reason}: ${why}` : reason },
    facts: {
      ...usdFacts('expected', expectedCost),
      ...usdFacts('impact', impactOf(surprise)),
      sigmas: z.toFixed(1),
      threshold: `${showMoney(usdOf(rule.condition.min_impact_usd))} beyond what is expected`,
      ...(why && { why }),
    },
  };
}

/** `undefined` when it is not there yet; it goes on. */
async function inTime<Value>(value: Promise<Value>, mostMs: number): Promise<Value | undefined> {
  if (mostMs === Number.POSITIVE_INFINITY) return value;
  const abort = new AbortController();
  const late = sleep(mostMs, undefined, { signal: abort.signal, ref: false }).catch(() => undefined);
  return Promise.race([value, late]).finally(() => abort.abort());
}
