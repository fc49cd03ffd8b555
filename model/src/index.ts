export * from './money.ts';
export * from './meter.ts';
export * from './usage.ts';
export * from './price.ts';
export * from './call.ts';
export * from './dimension.ts';
export * from './semconv.ts';
export * from './api-key.ts';
