import type { Meter } from '@tokenledger/model/meter';
import type { PriceRequest } from '@tokenledger/model';
import { contains, intervalAround, inWindow, minuteOfDay, validity, windowMinutes, type Interval } from './effective.ts';
import { parseModelId } from './model-id.ts';
import { nearestModels } from './nearest-models.ts';
import { matchesPattern } from './pattern.ts';
import type { Listed, PriceIndex } from './price-index.ts';
import { canonicalProvider, priceRoutes } from './provider.ts';
import type { Effective, ModelAlias, RateCard } from './rate-card.ts';
import { cardApplies, compileRateTable, ruleApplies, type Conditions, type RateTable } from './rate-table.ts';
import { canonicalServiceTier } from './service-tier.ts';

/** What holds for one route over a stretch of time, within a stretch of the day where prices depend on it. */
export interface Segment {
  readonly dates: Interval;
  readonly minutes?: Interval | undefined;
  readonly outcome: Outcome;
}

export type Outcome =
  | { readonly table: RateTable; readonly how: 'exact' | 'alias'; missing(meters: readonly Meter[]): string }
  | { readonly table?: undefined; readonly reason: string };

/** `request.at` must be finite. The usage is not looked at. */
export function compileSegment(index: PriceIndex, request: PriceRequest): Segment {
  const resolution = resolveModel(index, request);
  if (!resolution.found) return { dates: around(request.at, resolution.aliases), outcome: { reason: resolution.reason } };
  const { conditions, route, how, aliases } = resolution.found;
  const cards = (index.cards.get(route)?.get(conditions.model) ?? []).filter(
    ({ item }) => cardApplies(item, conditions) && (route === conditions.provider || item.serviceTier === undefined),
  );
  const rules = index.rules.filter(({ item }) => ruleApplies(item, conditions));
  const effective = [...aliases, ...cards.map(({ item }) => item), ...rules.map(({ item }) => item)];
  const minute = minuteOfDay(request.at);
  const windows = cards.flatMap(({ item }) => item.window ?? []);
  const inForce = newestOfEachSeries(
    cards.filter(({ item }) => contains(validity(item), request.at) && (!item.window || inWindow(item.window, minute))),
  );
  const rulesInForce = newestOfEachSeries(rules.filter(({ item }) => contains(validity(item), request.at)));
  const table = compileRateTable(inForce, rulesInForce, conditions);
  return {
    dates: around(request.at, effective),
    minutes: windows.length > 0 ? intervalAround(minute, windows.flatMap(windowBoundaries)) : undefined,
    outcome: {
      table,
      how,
      missing: (meters) =>
        `no ${conditions.serviceTier} price for ${meters.join(', ')} of ${conditions.provider} model "${request.model}"` +
        (inForce.length > 0 ? '' : ' at that time'),
    },
  };
}

interface Found {
  readonly conditions: Conditions;
  /** The provider whose cards are used. */
  readonly route: string;
  readonly how: 'exact' | 'alias';
  readonly aliases: readonly Effective[];
}

type Resolved = { readonly found: Found } | { readonly found?: undefined; readonly reason: string; readonly aliases: readonly Effective[] };

/** The strings of a request → the model whose cards price it, through the operator's names, the route's syntax and the resale table. */
function resolveModel(index: PriceIndex, request: PriceRequest): Resolved {
  const stated = canonicalProvider(request.provider);
  const aliases = aliasesFor(index, stated, request.model);
  const alias = aliases.find((candidate) => contains(validity(candidate), request.at));
  const provider = alias?.toProvider ?? stated;
  const model = alias?.model ?? request.model;
  const parsed = parseModelId(provider, model);
  const routes = priceRoutes(parsed.provider);
  for (const route of routes) {
    const lookups = route === parsed.provider ? parsed.lookups : parseModelId(route, model).lookups;
    for (const { id, how } of lookups) {
      const canonical = index.models.get(route)?.get(id);
      if (canonical === undefined) continue;
      const conditions: Conditions = {
        provider: parsed.provider,
        model: canonical,
        serviceTier: canonicalServiceTier(alias?.serviceTier ?? request.serviceTier),
        region: (alias?.region ?? parsed.region ?? request.region)?.toLowerCase(),
        account: request.account,
      };
      return { found: { conditions, route, how: alias || route !== parsed.provider ? 'alias' : how, aliases } };
    }
  }
  const near = nearestModels(index, routes, parsed.lookups[0]?.id ?? model);
  const hint = near.length > 0 ? `; nearest: ${near.join(', ')}` : '';
  return { reason: `no price for ${parsed.provider} model "${request.model.slice(0, 200)}"${hint}`, aliases };
}

/** Aliases of this name at any time, in order of precedence. */
function aliasesFor(index: PriceIndex, provider: string, model: string): readonly ModelAlias[] {
  const listed = index.aliases.get(provider);
  if (!listed) return [];
  const name = model.trim().toLowerCase();
  return listed.map(({ item }) => item).filter((item) => matchesPattern(item.name, name));
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

function windowBoundaries(window: NonNullable<RateCard['window']>): readonly number[] {
  const { from, to } = windowMinutes(window);
  return [from, to];
}
