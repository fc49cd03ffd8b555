/**
 * What each stage of the storing thread costs without sockets, disk and ClickHouse: CPU-µs a span of that thread, and of the garbage collector's
 * helpers beside it, as the median of rounds. With `--beside`, the code of another checkout takes turns with this one in the same process, and
 * the ratio is the median of the rounds' ratios: it holds on a busy machine, where the times do not.
 * Usage: node bench/stages.ts [rounds] [--load calls|apps] [--beside <checkout with its node_modules>]
 */
import { parseArgs } from 'node:util';
import { createAppsLoad } from './stages/apps-load.ts';
import { createCallsLoad } from './stages/calls-load.ts';
import { type Cost, loadStages, type Stages } from './stages/stages.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { load: { type: 'string', default: 'calls' }, beside: { type: 'string' } },
});
const rounds = Number(positionals[0] ?? 100);
/** Rounds after which the code is compiled as well as it will be. */
const warmUp = Math.floor(rounds / 3);

const HERE = new URL('..', import.meta.url).pathname;
const LOADS = { calls: createCallsLoad, apps: createAppsLoad } as const;
const createLoad = LOADS[values.load === 'apps' ? 'apps' : 'calls'];

type Costs = Map<string, Cost[]>;
interface Side {
  readonly name: string;
  readonly stages: Stages;
  readonly costs: Costs;
}

const checkouts = values.beside === undefined ? [HERE] : [HERE, values.beside];
const sides: Side[] = [];
for (const name of checkouts) sides.push({ name, stages: await loadStages(name), costs: new Map() });
const next = createLoad();

for (let round = 0; round < rounds; round++) {
  const requests = next();
  for (const { stages, costs } of round % 2 === 0 ? sides : sides.toReversed())
    for (const [stage, cost] of await stages.run(requests)) {
      const known = costs.get(stage);
      if (known) known.push(cost);
      else costs.set(stage, [cost]);
    }
}

const [here, beside] = sides;
console.table(
  [...(here?.costs ?? [])].map(([stage, costs]) => {
    const others = beside?.costs.get(stage);
    return {
      stage,
      threadUs: digits(median(costs.map(({ threadUs }) => threadUs))),
      helpersUs: digits(median(costs.flatMap(({ helpersUs }) => helpersUs ?? []))),
      best: digits(Math.min(...costs.map(({ threadUs }) => threadUs))),
      ...(others && {
        besideUs: digits(median(others.map(({ threadUs }) => threadUs))),
        bestBeside: digits(Math.min(...others.map(({ threadUs }) => threadUs))),
        ratio: digits(median(costs.map(({ threadUs }, round) => threadUs / (others[round]?.threadUs ?? Number.NaN)))),
      }),
    };
  }),
);

function median(list: readonly number[]): number {
  const ascending = list.slice(warmUp).toSorted((one, other) => one - other);
  return ascending[Math.floor(ascending.length / 2)] ?? Number.NaN;
}

function digits(value: number): number {
  return Number(value.toFixed(2));
}
