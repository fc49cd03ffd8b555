export { withAttribution } from './attribution.ts';
export type { Attribution } from './attribution.ts';
export { recordOutcome } from './outcome.ts';
export type { Outcome } from './outcome.ts';
export { wrapFetch } from './wire/fetch-wrapper.ts';
