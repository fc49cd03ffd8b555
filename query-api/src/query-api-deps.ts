import type { Ledger } from '@tokenledger/ledger';
import type { Call, KeyRing, RepriceRequest, RepriceStatus, TenantId } from '@tokenledger/model';
import type { PriceBook } from '@tokenledger/pricing';
import type { Overrides } from '@tokenledger/pricing/overrides';
import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify';
import type { AlertsView } from './alerts-view.ts';
import type { Range } from './parameters.ts';

/** What the API is made of and answers from; every route is given all of it. */
export interface QueryApiDeps {
  readonly ledger: Pick<Ledger, 'forTenant' | 'ping'>;
  readonly priceBook: PriceBook;
  /** The collector's books: received = stored + duplicate + rejected + dropped + waiting. Of the process, not of a tenant. */
  readonly books: () => object | Promise<object>;
  /** Prometheus text of the process. */
  readonly metrics: () => string | Promise<string>;
  readonly keys: KeyRing;
  readonly log?: FastifyBaseLogger | undefined;
  /** How the collector reads a call's evidence, rule by rule; absent where no collector is at hand. */
  readonly explain?: ((call: Call) => unknown) | undefined;
  /** The operator's own prices; absent where they cannot be changed. */
  readonly overrides?: PriceOverrides | undefined;
  /** Absent without a collector in this process: re-pricing must take turns with its corrections. */
  readonly repricer?: Repricer | undefined;
  /** Alerts and anomalies of a tenant that touch the range; absent where no alerts run. */
  readonly annotations?: ((tenant: TenantId, range: Range) => Promise<readonly Annotation[]>) | undefined;
  /** Budgets, alerts and expectations for dashboards; absent where no alerts run. */
  readonly alerts?: AlertsView | undefined;
  /** What is served at `/` beside the API, such as the dashboards viewer. Its routes say their scope as all do. */
  readonly site?: FastifyPluginAsync | undefined;
  /** More routes under the same roof: keys, limits, problems and the OpenAPI document count for them too. */
  readonly plugins?: readonly FastifyPluginAsync[] | undefined;
  /** Requests per second and key, or per address where no key is asked for. */
  readonly rateLimitPerSecond?: number | undefined;
}

export interface PriceOverrides {
  /** What is in force now, and since when it is known; nothing was said before the first. */
  current(): { readonly knownFrom?: string | undefined; readonly overrides: Overrides };
  /** Keeps what was in force as history. Resolves when it is on disk and prices come from it. */
  replace(overrides: Overrides): Promise<void>;
}

/** Prices stored calls anew, one job at a time. */
export interface Repricer {
  start(request: RepriceRequest): { readonly accepted: boolean; readonly finished: Promise<RepriceStatus> };
  status(): RepriceStatus | undefined;
}

/** Something worth a mark on every chart: an alert, an anomaly, a new price. */
export interface Annotation {
  readonly timeMs: number;
  /** Absent: a moment. */
  readonly endMs?: number | undefined;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}
