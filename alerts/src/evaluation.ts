import type { Question } from './conditions/finding.ts';
import type { Rule } from './rule.ts';
import type { Alert, AlertStore } from './store.ts';

export interface Evaluation extends Question {
  readonly store: AlertStore;
  /** Outbox names of the receivers that a rule tells. */
  readonly receiversOf: (rule: Pick<Rule, 'receivers'>) => readonly string[];
  /** Silenced or inhibited now: it is not told, until it no longer is. */
  readonly isMuted: (alert: Alert, rule: Rule) => boolean;
  readonly publicUrl: string;
  /** An alert that fired lately is believed to be over this much later each time; default none. */
  readonly flapMs?: number;
  /** How many alerts may still be investigated in this round: each costs a dozen reads. */
  readonly investigations: { left: number };
}
