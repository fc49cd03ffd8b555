import { significantAmong } from '../../alerts/src/detector/significant.ts';
import type { Sensitivity, Surprise } from '../../alerts/src/detector/detect.ts';
import { amongMany, isOfOnePart } from '../../alerts/src/detector/family.ts';
import type { Spent } from '../../alerts/src/detector/effects.ts';
import { allBut, crowdsOf, requestsIn } from '../../alerts/src/detector/growth.ts';
import { isSuspect } from '../../alerts/src/detector/prices.ts';
import { STEP_MS } from './cost-set/ordinary.ts';
import { HISTORY_STEPS, type Incident, type World } from './cost-set/make-world.ts';
import { judgeSeries, type SeriesJudge, type Unexplained } from './judge-series.ts';
import { runningSums } from './running-sums.ts';

/** Alerts that are closer are one. */
const SAME_ALERT_MS = 3_600_000;

export type Settings = Sensitivity & { readonly falseDiscoveryRate: number };

export interface Alarm extends Pick<Unexplained, 'why' | 'surprise'> {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the anomaly condition would have said of a team, asked every five minutes. */
export function alarmsOf(world: World, settings: Settings): readonly Alarm[] {
  const { steps, startMs } = world;
  const alarms: Alarm[] = [];
  const judge = judgeOf(world, settings);
  for (let step = HISTORY_STEPS; step <= steps.length; step++) {
    const found = judge.surprisesAt(step);
    const at = startMs + step * STEP_MS;
    const last = alarms.at(-1);
    const isNear = last !== undefined && at - last.toMs <= SAME_ALERT_MS;
    // As in the product: an alert goes on while spend is not back to normal, or is found again at the prices of the day.
    const goesOn = isNear && judge.isStillAt(found);
    const surprise = goesOn ? undefined : judge.unexplainedAt(step, found);
    if (goesOn || (isNear && surprise)) alarms[alarms.length - 1] = { ...last, toMs: at };
    else if (surprise) alarms.push({ fromMs: at, toMs: at, why: surprise.why, surprise: surprise.surprise });
  }
  return alarms;
}

const WHOLE = 'all of it';
type Found = ReadonlyMap<string, readonly Surprise[]>;

/** The whole of a team, and its features where there are several. */
export function judgeOf({ steps, startMs }: World, settings: Settings) {
  const all = runningSums(steps);
  const judges = new Map<string, SeriesJudge>([[WHOLE, judgeSeries({ sums: all, startMs, isPart: false }, settings)]]);
  if (all.features.length > 1)
    for (const name of all.features) {
      const sums = runningSums(steps.map((spent) => ofFeature(spent, name)));
      judges.set(name, judgeSeries({ sums, startMs, isPart: true, isNameless: name === '' }, settings));
    }
  return {
    surprisesAt: (step: number): Found => new Map([...judges].map(([name, judge]) => [name, judge.surprisesAt(step)])),
    isStillAt: (found: Found) => [...judges].some(([name, judge]) => judge.isStillAt(found.get(name) ?? [])),
    unexplainedAt(step: number, found: Found): Unexplained | undefined {
      const significant = significantAmong(found, settings.falseDiscoveryRate);
      const parts = [...found].flatMap(([name, own]) => (name === WHOLE ? [] : [own]));
      const crowds = crowdsOf(parts);
      const sensitivity = amongMany(settings, [...found.values()].filter((own) => own.length > 0).length);
      const unexplained = [...judges].flatMap(([name, judge]): Unexplained[] => {
        const own = found.get(name) ?? [];
        if (!isSuspect(own, significant(name, own, sensitivity))) return [];
        const othersOf = (surprise: Surprise) => {
          const crowd = crowds.get(surprise.buckets);
          return crowd && allBut(crowd, name === WHOLE ? crowd.busiest : requestsIn(surprise));
        };
        const large = (restated: readonly Surprise[]) =>
          significant(name, restated, sensitivity).filter((each) => name !== WHOLE || !isOfOnePart(each, parts));
        const each = judge.unexplainedAt(step, own, { significant: large, othersOf, sensitivity });
        return each ? [each] : [];
      });
      return unexplained.toSorted((a, b) => b.impact - a.impact)[0];
    },
  };
}

function ofFeature({ parts, callsByFeature }: Spent, name: string): Spent {
  const own = parts.filter(({ feature }) => feature === name);
  const calls = callsByFeature.get(name) ?? 0;
  return {
    calls,
    cost: own.reduce((sum, { cost }) => sum + cost, 0),
    parts: own,
    callsByFeature: new Map(callsByFeature.has(name) ? [[name, calls]] : []),
  };
}

export interface Tally {
  readonly found: number;
  readonly missed: number;
  readonly belowFloor: number;
  readonly falseAlarms: number;
  readonly rightReasons: number;
  readonly delaysMs: readonly number[];
  /** Since it had cost the floor: before that nobody wants to be woken. */
  readonly delaysPastFloorMs: readonly number[];
}

const isOf = ({ fromMs, toMs }: Incident, alarm: Alarm) => alarm.toMs >= fromMs && alarm.fromMs <= toMs + SAME_ALERT_MS;

/** An alarm within an incident, or within the hour after it, finds it. Below the floor nothing must be found, and nothing found counts. */
export function tally({ incidents }: World, alarms: readonly Alarm[], floor: number): Tally {
  const counting = incidents.filter(({ excess }) => (excess.at(-1) ?? 0) >= floor);
  const told = counting.flatMap((incident) => {
    const first = alarms.find((alarm) => isOf(incident, alarm));
    return first ? [{ incident, first }] : [];
  });
  const since = (alarm: Alarm, ms: number) => Math.max(0, alarm.fromMs - ms);
  return {
    found: told.length,
    missed: counting.length - told.length,
    belowFloor: incidents.length - counting.length,
    falseAlarms: alarms.filter((alarm) => !incidents.some((incident) => isOf(incident, alarm))).length,
    rightReasons: told.filter(({ incident, first }) => first.why !== undefined && [incident.why].flat().includes(first.why)).length,
    delaysMs: told.map(({ incident, first }) => since(first, incident.fromMs)),
    delaysPastFloorMs: told.map(({ incident, first }) => since(first, passedMs(incident, floor))),
  };
}

/** The end of the step in which it had cost the floor. */
const passedMs = ({ fromMs, excess }: Incident, floor: number) => fromMs + (1 + excess.findIndex((usd) => usd >= floor)) * STEP_MS;
