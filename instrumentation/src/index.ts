export { flush } from './flush.ts';
export type { FlushOptions } from './flush.ts';
export { recordOutcome } from './outcome.ts';
export type { Outcome } from './outcome.ts';
export { SpanContextProcessor as TokenledgerSpanProcessor } from './export/span-context-processor.ts';
export { wrapFetch } from './wire/fetch-wrapper.ts';
export { withAttribution } from './with-attribution.ts';
export type { Attribution } from './with-attribution.ts';
