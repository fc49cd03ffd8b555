import type { Meter } from '@tokenledger/model/meter';
import type { PriceRequest } from '@tokenledger/model';
import { contains, intervalAround, inWindow, minuteOfWeek, validity, windowBoundaries, type Interval } from './effective.ts';
import type { Listed, PriceIndex } from './price-index.ts';
import type { Effective, RateCard } from './rate-card.ts';
import { cardApplies, compileRateTable, ruleApplies, type RateTable } from './rate-table.ts';
import { resolveModel, type Resolution } from './resolve-model.ts';

/** What holds for one route over a stretch of time, and a stretch of the week where prices depend on the hour. */
export interface Segment {
  readonly dates: Interval;
  /** Minutes of the week. */
  readonly minutes?: Interval | undefined;
  readonly outcome: Outcome;
}

type Outcome =
  | { readonly table: RateTable; readonly resolution: Resolution; missing(meters: readonly Meter[]): string }
  | { readonly table?: undefined; readonly reason: string };

/** `request.at` must be finite. The usage is not looked at. */
export function compileSegment(index: PriceIndex, request: PriceRequest): Segment {
  const { resolution, reason, aliases } = resolveModel(index, request);
  if (!resolution) return { dates: around(request.at, aliases), outcome: { reason } };
  const { conditions, route } = resolution;
  const ofRoute = index.provider(route).cards;
  // What every model of a provider shares comes after all that is said of the model itself.
  const ofModel = [...(ofRoute.get(conditions.model) ?? []), ...(ofRoute.get('*') ?? [])];
  const cards = ofModel.filter(({ item }) => cardApplies(item, conditions) && (route === conditions.provider || isResold(item)));
  const rules = index.rules.filter(({ item }) => ruleApplies(item, conditions));
  const minute = minuteOfWeek(request.at);
  const windows = cards.flatMap(({ item }) => item.window ?? []);
  const cardsInForce = newestOfEachSeries(inForce(cards, request.at).filter(({ item }) => !item.window || inWindow(item.window, minute)));
  const rulesInForce = newestOfEachSeries(inForce(rules, request.at));
  return {
    dates: around(request.at, [...aliases, ...cards.map(({ item }) => item), ...rules.map(({ item }) => item)]),
    minutes: windows.length > 0 ? intervalAround(minute, windows.flatMap(windowBoundaries)) : undefined,
    outcome: {
      table: compileRateTable(cardsInForce, rulesInForce, conditions, route === conditions.provider),
      resolution,
      missing: (meters) =>
        `no ${conditions.serviceTier} price for ${meters.join(', ')} of ${conditions.provider} model "${request.model}"` +
        (cardsInForce.length > 0 ? '' : ' at that time'),
    },
  };
}

/** A reseller charges its source's list price, in tiers of its own; what the source gives away it may well sell. */
const isResold = ({ serviceTier, free }: RateCard): boolean => serviceTier === undefined && free !== true;

function inForce<T extends Effective>(listed: readonly Listed<T>[], at: number): readonly Listed<T>[] {
  return listed.filter(({ item }) => contains(validity(item), at));
}

/** Within a layer a later card or rule of the same id replaces the earlier; the order of precedence puts it first. */
function newestOfEachSeries<T extends { readonly id: string }>(listed: readonly Listed<T>[]): readonly Listed<T>[] {
  const seen = new Set<string>();
  return listed.filter(({ layer, item }) => {
    const series = `${layer}\n${item.id}`;
    if (seen.has(series)) return false;
    seen.add(series);
    return true;
  });
}

function around(at: number, effective: readonly Effective[]): Interval {
  return intervalAround(
    at,
    effective.flatMap((item) => {
      const { from, to } = validity(item);
      return [from, to];
    }),
  );
}
