export * from './connect.ts';
export * from './errors.ts';
export type { MigrateOptions, MigrateResult } from './migrations/migrate.ts';
export type { RecallQuery, StoredSpan } from './recall.ts';
export type { WriteBatch } from './write/write-batch.ts';
