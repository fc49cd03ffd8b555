import { learn } from '../detector/baseline.ts';
import { DEFAULT_SENSITIVITY } from '../detector/defaults.ts';
import { isStill, neededZ, notable, type Surprise, surprises } from '../detector/detect.ts';
import { ordinaryCause } from '../detector/effects.ts';
import { falseDiscoveryBound } from '../detector/tail.ts';
import { type Finding, type Question, type RuleWith, showUsd } from './finding.ts';
import { WEEK_MS } from './period.ts';
import { endOf, keyOf, type Labels, readHistory, readSeries, toFloat } from './series.ts';
import { readEffects, sayWhy } from './why.ts';

const HISTORY_MS = 4 * WEEK_MS;
/** The rows that one read of the ledger gives. */
const MOST_ROWS = 100_000;

/**
 * Spend that is far above what the hour of the week, the last days and the noise of the series explain, and that neither a new price
 * nor plain growth explains. A series without three days of history is still being learned. With many groups, those that spent the
 * most in four weeks are watched (74 at a window of 30 minutes).
 */
export async function findAnomaly(rule: RuleWith<'anomaly'>, question: Question): Promise<readonly Finding[]> {
  const { reader, now, baselines: cache, tenant } = question;
  const to = endOf(rule, now);
  const bucket = Math.floor(to / rule.window);
  const until = bucket * rule.window;
  const impact = Number(rule.condition.min_impact_usd);
  const baselines = await cache.get(`${tenant} ${JSON.stringify(rule)}`, bucket, async () => {
    const limit = Math.floor((MOST_ROWS * rule.window) / HISTORY_MS);
    const from = until - HISTORY_MS;
    const history = await readHistory(reader, rule, { from, to: until, interval: rule.window, limit });
    return new Map([...history].map(([key, { values }]) => [key, learn({ startMs: from, stepMs: rule.window, values }, impact / 2)]));
  });
  const newest = { from: to - rule.window, to };
  const series = await readSeries(reader, rule, newest);
  const judged = series.map((each) => {
    const baseline = baselines.get(keyOf(each.labels));
    const found = baseline ? surprises(baseline, { startMs: newest.from, value: toFloat(each.value) }) : undefined;
    return { ...each, found };
  });
  const { z, falseDiscoveryRate, ratio } = { ...DEFAULT_SENSITIVITY, ...(rule.condition.z && { z: rule.condition.z }) };
  const bound = falseDiscoveryBound(
    judged.flatMap(({ found = [] }) => found.map(({ p }) => p)),
    falseDiscoveryRate,
  );
  return Promise.all(
    judged.map(async ({ labels, value, calls, found }): Promise<Finding> => {
      const say = (verdict: Finding['judgement']['verdict'], reason: string, more: Partial<Finding> = {}): Finding => {
        return { labels, value, window: newest, judgement: { verdict, reason }, ...more };
      };
      if (!found) return say('clear', 'what is normal is still being learned');
      const candidates = calls < rule.min_calls ? [] : notable(found, { z, ratio, impact }).filter(({ p }) => p <= bound);
      for (const surprise of candidates) {
        const told = await tell(rule, question, { labels, surprise, to, needed: neededZ(surprise, z) });
        if (told.cause === undefined) return say('breach', told.reason, { facts: told.facts, window: { from: surprise.startMs, to } });
      }
      return isStill(found) ? say('hold', 'spend is not yet back to normal') : say('clear', 'spend is normal');
    }),
  );
}

interface Surprised {
  readonly labels: Labels;
  readonly surprise: Surprise;
  readonly to: number;
  readonly needed: number;
}

async function tell(rule: RuleWith<'anomaly'>, { reader }: Question, { labels, surprise, to, needed }: Surprised) {
  const { value, expected, z, startMs } = surprise;
  const effects = await readEffects(reader, rule, { labels, window: { from: startMs, to }, expectedUsd: expected });
  const why = effects ? sayWhy(effects) : undefined;
  const reason = `${showUsd(value)} since ${new Date(startMs).toISOString().slice(0, 16)}Z, ${showUsd(expected)} expected`;
  return {
    cause: effects && ordinaryCause(effects, { ...surprise, neededZ: needed }),
    reason: why ? `${reason}: ${why}` : reason,
    facts: {
      expected: showUsd(expected),
      impact: showUsd(value - expected),
      sigmas: z.toFixed(1),
      threshold: `${rule.condition.min_impact_usd} USD beyond what is expected`,
      ...(why && { why }),
    },
  };
}
