import type { TenantId } from './call.ts';
import type { PicoUsd } from './money.ts';

/** Which calls are priced anew: those whose event time is in `[fromMs, toMs)`, epoch milliseconds. */
export interface RepriceRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** Says what would change and writes nothing. */
  readonly dryRun: boolean;
  /** Absent: every tenant. */
  readonly tenant?: TenantId | undefined;
}

/** What re-pricing changed for the calls of one tenant and model. */
export interface ModelDifference {
  readonly tenant: TenantId;
  readonly model: string;
  /** Calls whose price is another now. */
  readonly calls: number;
  readonly newlyPriced: number;
  readonly newlyUnpriced: number;
  /** Known cost of those calls; what is unpriced adds nothing. */
  readonly before: PicoUsd;
  readonly after: PicoUsd;
}

export interface RepriceStatus extends RepriceRequest {
  /** `interrupted`: the process is stopping; the next start goes on. */
  readonly state: 'running' | 'interrupted' | 'done' | 'failed';
  /** The price book it prices with. */
  readonly priceVersion: string;
  readonly callsSeen: number;
  readonly differences: readonly ModelDifference[];
  /** Why it failed. */
  readonly problem?: string | undefined;
}
