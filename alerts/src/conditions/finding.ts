import type { MeasureValue, TenantReader } from '@tokenledger/ledger';
import { parseUsd } from '@tokenledger/model';
import type { Condition, Rule } from '../rule.ts';
import type { Labels, Window } from './series.ts';
import type { Watches } from './watch.ts';

/** `hold`: inside the hysteresis, or nothing is known: whatever was, stays. */
export interface Judgement {
  readonly verdict: 'breach' | 'clear' | 'hold';
  readonly reason: string;
}

/** What a rule says of one series now. */
export interface Finding {
  readonly labels: Labels;
  readonly value: MeasureValue;
  readonly window: Window;
  readonly judgement: Judgement;
  /** What else an alert should say, as annotations. */
  readonly facts?: Readonly<Record<string, string>>;
}

export interface Question {
  readonly tenant: string;
  readonly reader: TenantReader;
  readonly now: number;
  readonly watches: Watches;
  /** So many series are learned at once, so that a round is never long; default a hundred. */
  readonly learnAtOnce?: number;
  /** How long a rule waits for its past to be read; default a moment. */
  readonly patienceMs?: number;
}

/** A rule whose condition is of one kind. */
export type RuleWith<Kind extends Condition['kind']> = Rule & { readonly condition: Extract<Condition, { readonly kind: Kind }> };

export const usdOf = (text: string) => parseUsd(text) ?? 0n;
