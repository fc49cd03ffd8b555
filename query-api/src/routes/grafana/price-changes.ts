import type { TenantReader } from '@tokenledger/ledger';
import { formatUsd, type Meter } from '@tokenledger/model';
import type { PriceBook } from '@tokenledger/pricing';
import type { Range } from '../../parameters.ts';
import type { Annotation } from './annotations.ts';

const MOST_MODELS = 100;
/** What is compared: a million of each. */
const METERS = ['input_uncached', 'cache_read', 'output_text'] as const satisfies readonly Meter[];
const MILLION = 1_000_000;

/** The moments at which a price of a model that was used in the range changed, be it by a list, a contract or an override. */
export async function priceChanges(reader: TenantReader, priceBook: PriceBook, range: Range): Promise<readonly Annotation[]> {
  const moments = momentsOf(priceBook, range);
  if (moments.length === 0) return [];
  const { rows } = await reader.spend({ ...range, groupBy: ['provider', 'model'], measures: ['cost'], limit: MOST_MODELS });
  return moments.flatMap((timeMs) =>
    rows.flatMap(({ dimensions: { provider, model } }) => {
      if (!provider || !model) return [];
      const changes = METERS.flatMap((meter) => changeOf(priceBook, { provider, model, meter }, timeMs));
      return changes.length === 0
        ? []
        : [{ timeMs, title: `Price of ${model}`, text: `${changes.join(', ')} per million`, tags: ['price'] }];
    }),
  );
}

/** Every date on which some card begins or ends. */
function momentsOf(priceBook: PriceBook, { from, to }: Range): readonly number[] {
  const dates = priceBook.cards().flatMap(({ validFrom, validTo }) => [validFrom, validTo]);
  const times = dates.flatMap((date) => (date === undefined ? [] : [Date.parse(date)]));
  return [...new Set(times)].filter((timeMs) => timeMs > from && timeMs < to).toSorted((a, b) => a - b);
}

interface Priced {
  readonly provider: string;
  readonly model: string;
  readonly meter: Meter;
}

function changeOf(priceBook: PriceBook, { provider, model, meter }: Priced, timeMs: number): readonly string[] {
  const priceAt = (at: number) => priceBook.price({ provider, model, at, usage: { [meter]: MILLION } }).cost;
  const [before, after] = [priceAt(timeMs - 1), priceAt(timeMs)];
  if (before === after) return [];
  const show = (cost: bigint | null) => (cost === null ? 'unknown' : `$${formatUsd(cost)}`);
  return [`${meter.replaceAll('_', ' ')} ${show(before)} → ${show(after)}`];
}
