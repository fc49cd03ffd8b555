export * from './query-api-deps.ts';
export * from './query-api.ts';
export * from './start-query-api.ts';
