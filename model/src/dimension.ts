import { SPAN_STATUSES } from './call.ts';
import { PRICE_STATUSES } from './price.ts';

/** What spend can be grouped and filtered by. The JSON name is the key; the ledger names its columns alike. */
export const DIMENSIONS = [
  'service',
  'environment',
  'team',
  'feature',
  'customer',
  'user',
  'session',
  'run',
  'agent',
  'provider',
  'gateway',
  'operation',
  'request_model',
  'model',
  'service_tier',
  'region',
  'prompt_name',
  'prompt_version',
  'prompt_template_fingerprint',
  'prompt_fingerprint',
  'price_status',
  'status',
  'error_type',
  'estimated',
  'billable',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

const TRUTH = ['true', 'false'] as const;

/** All values of the dimensions that are always said and have few; any other may have any value, or none. */
export const DIMENSION_VALUES: Readonly<Partial<Record<Dimension, readonly string[]>>> = {
  price_status: PRICE_STATUSES,
  status: SPAN_STATUSES,
  estimated: TRUTH,
  billable: TRUTH,
};
