import { impactOf, isStill, isStillSurely, type Sensitivity } from '../detector/detect.ts';
import { effectsOf } from '../detector/effects.ts';
import { showMoney, showUsd, usdFacts, usdToMoney } from '../show.ts';
import { type Finding, type RuleWith, usdOf } from './finding.ts';
import type { Judged } from './judge-level.ts';
import type { Window } from './series.ts';
import type { Verdict } from './unexplained.ts';
import { sayWhy } from './why.ts';

/** The verdict that is told, and of which series it is: the whole or one of its features. */
export interface Worst {
  readonly of: Judged;
  readonly verdict: Verdict;
}

interface Told {
  readonly each: Judged;
  readonly parts: readonly Judged[];
  readonly newest: Window;
  readonly sensitivity: Sensitivity;
}

/** What an anomaly rule says of one of its series. */
export function tell(rule: RuleWith<'anomaly'>, { each, parts, newest, sensitivity }: Told, found: Worst | undefined): Finding {
  const { labels, value } = each;
  const say = (kind: Finding['judgement']['verdict'], reason: string): Finding => ({
    labels,
    value,
    window: newest,
    judgement: { verdict: kind, reason },
  });
  if (found?.verdict === 'later') return say('hold', 'many series changed at once; this one is looked at next');
  if (found)
    return tellBreach(rule, labels, newest.to, {
      verdict: found.verdict,
      feature: found.of === each ? undefined : found.of.labels['feature'],
    });
  if (!each.found) return say(each.isKnown ? 'clear' : 'hold', 'what is normal is still being learned');
  if (isStill(each.found) || parts.some((part) => isStillSurely(part.found ?? [], sensitivity)))
    return say('hold', 'spend is not yet back to normal');
  return say('clear', each.isSmall ? 'less than the floor was spent' : 'spend is normal');
}

interface Breach {
  readonly verdict: Exclude<Verdict, 'later'>;
  /** Where it is in one of several. */
  readonly feature: string | undefined;
}

function tellBreach(
  rule: RuleWith<'anomaly'>,
  labels: Finding['labels'],
  to: number,
  { verdict: { surprise, now, usual }, feature }: Breach,
): Finding {
  const { cost, expectedCost, z, kind, ratio, startMs } = surprise;
  const effects = effectsOf(now, usual, expectedCost);
  const why = effects && sayWhy(effects, kind);
  const what = kind === 'volume' ? `${ratio.toFixed(1)} times the requests` : `requests that cost ${ratio.toFixed(1)} times as much`;
  const where = feature === undefined ? '' : ` in feature ${feature === '' ? '(none)' : feature}`;
  const reason = `${showUsd(cost)}${where} since ${new Date(startMs).toISOString().slice(0, 16)}Z, ${showUsd(expectedCost)} expected; ${what}`;
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
      ...(feature !== undefined && feature !== '' && { feature }),
      ...(why && { why }),
    },
  };
}
