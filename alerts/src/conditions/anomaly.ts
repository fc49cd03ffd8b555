import { significantAmong } from '../detector/significant.ts';
import { DEFAULT_SENSITIVITY } from '../detector/defaults.ts';
import { impactOf, type Sensitivity } from '../detector/detect.ts';
import { amongMany, isOfOnePart } from '../detector/family.ts';
import { allBut, requestsIn } from '../detector/growth.ts';
import { isSuspect } from '../detector/prices.ts';
import type { Finding, Question, RuleWith } from './finding.ts';
import { crowdsIn, hasParts, type Judged, judgeLevel, type Level, levelsOf } from './judge-level.ts';
import { endOf, parentOf } from './series.ts';
import { type Suspect, unexplained, type Verdict } from './unexplained.ts';
import { tell, type Worst } from './tell-anomaly.ts';

type Sensitive = Sensitivity & { readonly falseDiscoveryRate: number };

/**
 * Spend that is far above what the hour of the week, the last days and the noise of the series explain: more requests, or more expensive
 * ones, of all or of one feature. Neither a new price nor plain growth, a launch or a job that recurs is one. A series without four
 * days of history is still being learned.
 */
export async function findAnomaly(rule: RuleWith<'anomaly'>, question: Question): Promise<readonly Finding[]> {
  const to = endOf(rule, question.now);
  const newest = { from: to - rule.window, to };
  const sensitivity = sensitivityOf(rule);
  const levels = await Promise.all(levelsOf(rule).map((level) => judgeLevel(level, question, { newest, sensitivity })));
  const [whole] = levels;
  if (!whole) return [];
  const hold = { verdict: 'hold', reason: 'the past is still being read' } as const;
  if (levels.some(({ watch }) => !watch))
    return whole.judged.map(({ labels, value }) => ({ labels, value, window: newest, judgement: hold }));
  const parts = hasParts(rule) ? withoutLoners(levels[1]) : undefined;
  const verdicts = await verdictsOf({ question, to, sensitivity }, whole, parts);
  const families = Map.groupBy(parts?.judged ?? [], ({ parent }) => parent);
  return whole.judged.map((each) => {
    const own = families.get(each.key) ?? [];
    return tell(rule, { each, parts: own, newest, sensitivity }, worst([each, ...own], verdicts));
  });
}

/** A feature that is alone is all there is. */
function withoutLoners(level: Level | undefined): Level | undefined {
  if (!level?.watch) return level;
  const keys = new Map([...level.watch.series].map(([key, { labels }]) => [key, parentOf(labels)]));
  for (const { key, parent } of level.judged) keys.set(key, parent);
  const counts = Map.groupBy(keys.values(), (parent) => parent);
  return { ...level, judged: level.judged.filter(({ parent }) => (counts.get(parent)?.length ?? 0) > 1) };
}

interface Asked {
  readonly question: Question;
  readonly to: number;
  readonly sensitivity: Sensitive;
}

/** Of every series and every part of one that nothing ordinary explains. */
async function verdictsOf({ question, to, sensitivity }: Asked, whole: Level, parts: Level | undefined) {
  const levels = parts ? [whole, parts] : [whole];
  const all = levels.flatMap(({ judged }) => judged);
  const significant = significantAmong(new Map(all.map(({ key, found = [] }) => [key, found])), sensitivity.falseDiscoveryRate);
  const crowdsOfParent = crowdsIn((parts ?? whole).judged);
  const families = Map.groupBy(parts?.judged ?? [], ({ parent }) => parent);
  const suspectsIn = ({ rule, judged }: Level): readonly Suspect[] =>
    judged.flatMap(({ key, parent, labels, calls, found = [], restated }): Suspect[] => {
      if (calls < rule.min_calls || !restated || found.length === 0) return [];
      const family = families.get(parts && !hasParts(rule) ? parent : key)?.map((part) => part.found ?? []) ?? [];
      const own = amongMany(sensitivity, 1 + family.filter((part) => part.length > 0).length);
      if (!isSuspect(found, significant(key, found, own))) return [];
      return [
        {
          labels,
          found,
          sensitivity: own,
          isOneFeature: !hasParts(rule) || family.length === 0,
          othersOf(surprise) {
            const crowd = crowdsOfParent(hasParts(rule) ? key : parent).get(surprise.buckets);
            return crowd && allBut(crowd, hasParts(rule) ? crowd.busiest : requestsIn(surprise));
          },
          restate(...prices) {
            const again = restated(...prices);
            const large = significant(key, again, own).filter((each) => !hasParts(rule) || !isOfOnePart(each, family));
            return { found: again, large };
          },
        },
      ];
    });
  const found = await Promise.all(
    levels.flatMap((level) =>
      level.watch ? [unexplained(level.rule, question, { suspects: suspectsIn(level), watch: level.watch, to })] : [],
    ),
  );
  return new Map<string, Verdict>(found.flatMap((each) => [...each]));
}

/** What costs the most; of a part before the whole that has it in it. */
function worst(all: readonly Judged[], verdicts: ReadonlyMap<string, Verdict>): Worst | undefined {
  const costOf = ({ verdict }: Worst) => (verdict === 'later' ? 0 : impactOf(verdict.surprise));
  return all
    .flatMap((of): Worst[] => {
      const verdict = verdicts.get(of.key);
      return verdict ? [{ of, verdict }] : [];
    })
    .toSorted((a, b) => costOf(b) - costOf(a))[0];
}

function sensitivityOf({ condition: { z, min_impact_usd: least } }: RuleWith<'anomaly'>): Sensitive {
  return { ...DEFAULT_SENSITIVITY, ...(z !== undefined && { z: { volume: z, intensity: z } }), impact: Number(least) };
}
