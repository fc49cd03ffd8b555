export * from './query-api.ts';
export * from './start-query-api.ts';
