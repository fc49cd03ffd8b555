import type { PriceRequest } from '@tokenledger/model';
import { contains, minuteOfWeek } from './effective.ts';
import type { PriceIndex } from './price-index.ts';
import { compileSegment, type Segment } from './segment.ts';

export interface SegmentCache {
  /** The compiled rates for a request's strings at its time. */
  find(request: PriceRequest): Segment;
}

/** What was compiled for one combination of strings, the latest first. */
interface Route {
  readonly provider: string;
  readonly serviceTier: string | undefined;
  readonly region: string | undefined;
  readonly account: string | undefined;
  readonly segments: Segment[];
}

/** Far more than a deployment has, few enough to bound memory whatever strings are sent. */
const MAX_ROUTES = 10_000;
const MAX_SEGMENTS_PER_ROUTE = 64;
/** Longer names are priced without being remembered. */
const LONGEST_KEY = 300;

export function createSegmentCache(index: PriceIndex): SegmentCache {
  const routesByModel = new Map<string, Route[]>();
  let routes = 0;

  function routeOf({ model, provider, serviceTier, region, account }: PriceRequest): Route {
    const known = routesByModel.get(model);
    for (const route of known ?? []) {
      if (route.provider === provider && route.serviceTier === serviceTier && route.region === region && route.account === account)
        return route;
    }
    if (++routes > MAX_ROUTES) {
      routesByModel.clear();
      routes = 1;
    }
    const route: Route = { provider, serviceTier, region, account, segments: [] };
    routesByModel.set(model, [...(routesByModel.get(model) ?? []), route]);
    return route;
  }

  return {
    find(request) {
      if (request.model.length > LONGEST_KEY || request.provider.length > LONGEST_KEY) return compileSegment(index, request);
      const { segments } = routeOf(request);
      for (const segment of segments) {
        if (contains(segment.dates, request.at) && (!segment.minutes || contains(segment.minutes, minuteOfWeek(request.at))))
          return segment;
      }
      const segment = compileSegment(index, request);
      if (segments.length >= MAX_SEGMENTS_PER_ROUTE) segments.length = 0;
      segments.unshift(segment);
      return segment;
    },
  };
}
