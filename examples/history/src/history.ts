import type { OtlpSpan } from '@tokenledger/collector';
import { runawayMaker, runMaker } from './agent-runs.ts';
import { codingSession } from './coding-sessions.ts';
import { type Chance, createChance } from './chance.ts';
import { type SeasonName, shareOfHour } from './season.ts';
import { requestMaker } from './single-requests.ts';
import { type Story, storyUntil } from './story.ts';
import { DAY_MS, HOUR_MS } from './time.ts';
import { AGENTS, CODING_AGENTS } from './workloads/agents.ts';
import { INTERNAL_WORKLOADS } from './workloads/internal.ts';
import { PRODUCT_WORKLOADS } from './workloads/product.ts';

export interface HistoryOptions {
  /** Epoch milliseconds; nothing begins after it. */
  readonly endMs: number;
  readonly days?: number | undefined;
  /** How many of each day's calls: 1 is about 6,000 on a weekday. What happened once happens whatever the scale. */
  readonly scale?: number | undefined;
  readonly seed?: number | undefined;
}

/** Something that happens again and again. */
interface Source {
  readonly name: string;
  readonly perDay: number;
  readonly growth: number;
  readonly season: SeasonName;
  make(chance: Chance, atMs: number, story: Story): readonly OtlpSpan[];
}

function everyday(): readonly Source[] {
  return [
    ...[...PRODUCT_WORKLOADS, ...INTERNAL_WORKLOADS].map((workload) => ({
      name: `${workload.service}/${workload.model}`,
      perDay: workload.perDay,
      growth: workload.growth ?? 0,
      season: workload.season,
      make: requestMaker(workload),
    })),
    ...AGENTS.map((agent) => ({ name: agent.agent, perDay: agent.runsPerDay, growth: 0.15, season: agent.season, make: runMaker(agent) })),
    ...CODING_AGENTS.map((agent) => ({
      name: agent.tool,
      perDay: agent.sessionsPerDay,
      growth: 0.3,
      season: 'office' as const,
      make: (chance: Chance, atMs: number) => codingSession(agent, chance, atMs),
    })),
  ];
}

const GROWTH_OVER_MS = 30 * DAY_MS;

/**
 * What the services, agents and developers of a company would have sent to a collector, hour by hour, oldest first. The same options
 * give the same spans.
 */
export function* history({ endMs, days = 30, scale = 1, seed = 1 }: HistoryOptions): Generator<readonly OtlpSpan[]> {
  const story = storyUntil(endMs);
  const sources = everyday();
  const startMs = Math.floor((endMs - days * DAY_MS) / HOUR_MS) * HOUR_MS;
  for (let hourMs = startMs; hourMs < endMs; hourMs += HOUR_MS) {
    const spans = sources.flatMap((source) => {
      const chance = createChance(`${String(seed)}/${source.name}/${String(hourMs)}`);
      const grown = 1 + (source.growth * (hourMs - endMs)) / GROWTH_OVER_MS;
      const count = chance.count(source.perDay * shareOfHour(source.season, hourMs) * grown * scale);
      return Array.from({ length: count }, () => source.make(chance, hourMs + chance.unit() * HOUR_MS, story)).flat();
    });
    // A trace that is still under way at the end has sent what is over.
    yield [...spans, ...runaways(story, hourMs, seed)].filter((span) => span.endMs < endMs);
  }
}

const RUNAWAY_TURNS = 260;
const RUNAWAY_NOW_TURNS = 70;

/** What got out of hand in this hour. */
function runaways({ runaway, runawayNow, ...story }: Story, hourMs: number, seed: number): readonly OtlpSpan[] {
  const [, researcher] = AGENTS;
  if (!researcher) return [];
  return [
    { period: runaway, turns: RUNAWAY_TURNS, copies: 3 },
    { period: runawayNow, turns: RUNAWAY_NOW_TURNS, copies: 2 },
  ]
    .filter(({ period }) => period.fromMs >= hourMs && period.fromMs < hourMs + HOUR_MS)
    .flatMap(({ period, turns, copies }) =>
      Array.from({ length: copies }, (_, copy) =>
        runawayMaker(researcher, turns)(
          createChance(`${String(seed)}/runaway/${String(period.fromMs)}/${String(copy)}`),
          period.fromMs + copy * 240_000,
          { ...story, runaway, runawayNow },
        ),
      ).flat(),
    );
}
