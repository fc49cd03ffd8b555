import { setTimeout as sleep } from 'node:timers/promises';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { withAttribution } from '@tokenledger/instrumentation';
import { createChance } from './chance.ts';
import type { Chance } from './chance.ts';
import type { Config } from './config.ts';
import type { Providers, Task } from './task.ts';
import { platformTasks } from './teams/platform.ts';
import { searchTasks } from './teams/search.ts';
import { supportTasks } from './teams/support.ts';

const TASKS: readonly [Task, ...Task[]] = [...supportTasks, ...platformTasks, ...searchTasks];
const CUSTOMERS = ['acme', 'globex', 'initech', 'umbrella', 'hooli'] as const;
const USERS = ['ada', 'grace', 'linus', 'margaret', 'dennis', 'barbara', 'ken', 'radia'] as const;

export interface TrafficReport {
  readonly done: number;
  readonly failed: number;
}

/** Does tasks at the wanted pace until enough calls are made or `stop` says so; a failed task costs only itself. */
export async function makeTraffic(config: Config, providers: Providers, stop: AbortSignal): Promise<TrafficReport> {
  const underWay = new Set<Promise<void>>();
  const report = { done: 0, failed: 0 };
  let calls = 0;
  for (let number = 1; !stop.aborted && (config.calls === 0 || calls < config.calls); number += 1) {
    const chance = createChance(Math.imul(config.seed, 7919) + number * 104_729);
    const task = chance.weighted(TASKS);
    calls += task.calls ?? 1;
    const work = attributed(task, `${config.seed}-${number}`, chance, () => task.run(providers, chance))
      .then(() => (report.done += 1))
      .catch(() => (report.failed += 1))
      .then(() => void underWay.delete(work));
    underWay.add(work);
    await sleep(1000 / config.tasksPerSecond, undefined, { signal: stop }).catch(() => 'told to stop');
  }
  await Promise.all(underWay);
  return report;
}

function attributed(task: Task, run: string, chance: Chance, work: () => Promise<void>): Promise<void> {
  const user = chance.pick(USERS);
  return withAttribution(
    {
      team: task.team,
      feature: task.feature,
      customer: chance.pick(CUSTOMERS),
      user,
      session: `${user}-${task.feature}`,
      run,
      environment: chance.happens(0.1) ? 'staging' : 'production',
    },
    () => inRequestSpan(`POST /${task.team}/${task.feature}`, work),
  );
}

/** What the OpenTelemetry instrumentation of a web server would add: the request that the calls belong to. */
function inRequestSpan(name: string, work: () => Promise<void>): Promise<void> {
  return trace.getTracer('sample-app').startActiveSpan(name, { kind: SpanKind.SERVER }, async (span) => {
    try {
      await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
