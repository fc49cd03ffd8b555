import { TOKENLEDGER_ATTRIBUTES as OURS } from '@tokenledger/model';
import type { Chance } from './chance.ts';
import type { Facts } from './emitter.ts';

/** Large customers ask most. */
export const CUSTOMERS = [
  'acme',
  'globex',
  'initech',
  'umbrella',
  'hooli',
  'stark-industries',
  'wayne-enterprises',
  'soylent',
  'tyrell',
  'cyberdyne',
  'wonka',
  'massive-dynamic',
] as const;

export interface Attributed {
  readonly team?: string;
  readonly feature?: string;
  readonly users: number;
  readonly hasCustomers?: boolean;
}

/** Who caused a request, as `withAttribution` would have said. */
export function attributionFacts(
  chance: Chance,
  { team, feature, users, hasCustomers }: Attributed,
): Facts & { readonly [OURS.user]: string | undefined } {
  const customer = hasCustomers ? CUSTOMERS[chance.favourite(CUSTOMERS.length)] : undefined;
  return {
    [OURS.team]: team,
    [OURS.feature]: feature,
    [OURS.customer]: customer,
    [OURS.user]: users > 0 ? `${customer ?? team ?? 'user'}-${String(1 + chance.favourite(users)).padStart(4, '0')}` : undefined,
  };
}
