import type { TenantReader } from '@tokenledger/ledger';
import { formatUsd, type Meter } from '@tokenledger/model';
import type { PriceBook } from '@tokenledger/pricing';
import type { Range } from '../../parameters.ts';
import type { Annotation } from '../../query-api-deps.ts';

const MOST_MODELS = 100;
/** What is compared: a million of each. */
const METERS = ['input_uncached', 'cache_read', 'output_text'] as const satisfies readonly Meter[];
const MILLION = 1_000_000;
const DAY_MS = 86_400_000;
/** Of a range of years only so many days are looked at. */
const MOST_SAMPLES = 100;

type Costs = readonly (bigint | null)[];

/** The moments at which a price of a model that was used in the range changed, be it by a list, a contract or an override. */
export async function priceChanges(reader: TenantReader, priceBook: PriceBook, range: Range): Promise<readonly Annotation[]> {
  const { rows } = await reader.spend({ ...range, groupBy: ['provider', 'model'], measures: ['cost'], limit: MOST_MODELS });
  return rows.flatMap(({ dimensions: { provider, model } }) => {
    if (!provider || !model) return [];
    const costsAt = (at: number): Costs =>
      METERS.map((meter) => priceBook.price({ provider, model, at, usage: { [meter]: MILLION } }).cost);
    return changesWithin(range, costsAt).map(({ timeMs, before, after }) => ({
      timeMs,
      title: `Price of ${model}`,
      text: `${describe(before, after)} per million`,
      tags: ['price'],
    }));
  });
}

interface Change {
  readonly timeMs: number;
  readonly before: Costs;
  readonly after: Costs;
}

/** Looked for at the same time of every day, so that cheaper nights are no change; then where exactly, to the second. */
function changesWithin({ from, to }: Range, costsAt: (at: number) => Costs): readonly Change[] {
  const stepMs = Math.max(1, Math.ceil((to - from) / DAY_MS / MOST_SAMPLES)) * DAY_MS;
  const changes: Change[] = [];
  let before = costsAt(from);
  for (let at = from; at < to; at += stepMs) {
    const end = Math.min(to, at + stepMs);
    const after = costsAt(end);
    if (!isSame(before, after)) changes.push({ timeMs: firstWithout(before, { from: at, to: end }, costsAt), before, after });
    before = after;
  }
  return changes;
}

function firstWithout(before: Costs, { from, to }: Range, costsAt: (at: number) => Costs): number {
  let [low, high] = [Math.floor(from / 1000), Math.ceil(to / 1000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isSame(before, costsAt(middle * 1000))) low = middle;
    else high = middle;
  }
  return high * 1000;
}

const isSame = (a: Costs, b: Costs) => a.every((cost, index) => cost === b[index]);

function describe(before: Costs, after: Costs): string {
  const show = (cost: bigint | null | undefined) => (cost === null || cost === undefined ? 'unknown' : `$${formatUsd(cost)}`);
  const changed = METERS.map((meter, index) => ({ meter, old: before[index], now: after[index] })).filter(({ old, now }) => old !== now);
  return changed.map(({ meter, old, now }) => `${meter.replaceAll('_', ' ')} ${show(old)} → ${show(now)}`).join(', ');
}
