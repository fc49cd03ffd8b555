import type { TenantId } from '@tokenledger/model';
import type { Range } from './parameters.ts';

type Labels = Readonly<Record<string, string>>;

/** Where a budget or all spend stands, and where it will end. USD in floats: a forecast is not a sum. */
export interface OutlookFacts {
  readonly labels: Labels;
  readonly period: Range;
  readonly spent: bigint | number | null;
  /** Of a usual period's spend that falls before now. */
  readonly paceShare?: number;
  readonly state: 'ok' | 'burning' | 'exhausted';
  readonly forecastUsd: number;
  readonly intervalUsd?: readonly [low: number, high: number];
  readonly chance?: number;
  /** Of a budget: when it was used up, or will be. */
  readonly exhaustedMs?: number;
}

/** Spend of a bucket beside what was to be expected; absent where what is normal is not known yet. */
export interface Expectation {
  readonly timeMs: number;
  readonly actualUsd: number;
  readonly expectedUsd?: number;
  /** Above it spend would be an anomaly, if it is worth as much as the rule says. */
  readonly upperUsd?: number;
}

export interface BudgetCondition {
  readonly period: string;
  readonly amount_usd: string;
}

/** What dashboards show of the alerts that run beside this API. */
export interface AlertsOfTenant {
  readonly active: () => readonly {
    readonly rule: string;
    readonly labels: Labels;
    readonly reason: string;
    readonly told: boolean;
    readonly state: { readonly phase: 'inactive' } | { readonly phase: 'pending' | 'firing'; readonly since: number };
  }[];
  readonly history: (
    range: Range,
    limit: number,
  ) => readonly {
    readonly atMs: number;
    readonly event: string;
    readonly rule: string;
    readonly reason: string;
    readonly labels: Labels;
  }[];
  /** What anomaly rules found. */
  readonly incidents: (
    range: Range,
    limit: number,
  ) => readonly {
    readonly rule: string;
    readonly labels: Labels;
    readonly facts: Labels;
    readonly fromMs: number;
    readonly toMs?: number | undefined;
  }[];
  readonly deliveryCounts: () => Readonly<Record<'waiting' | 'delivered' | 'dead', number>>;
  readonly budgets: () => Promise<
    readonly {
      readonly rule: { readonly name: string; readonly condition: BudgetCondition };
      readonly outlooks: readonly OutlookFacts[];
    }[]
  >;
  /** All spend, to the end of the month. */
  readonly forecast: () => Promise<OutlookFacts | undefined>;
  /** By the hour, as the anomaly detector sees it. */
  readonly expectation: (range: Range) => Promise<readonly Expectation[]>;
}

export interface AlertsView {
  readonly forTenant: (tenant: TenantId) => AlertsOfTenant;
}
