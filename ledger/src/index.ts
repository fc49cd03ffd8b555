export * from './connect.ts';
export { startEngine, EngineStartError } from './engine/supervise.ts';
export type { Engine, EngineLog, EngineOptions } from './engine/supervise.ts';
export * from './errors.ts';
export type { MigrateOptions, MigrateResult } from './migrations/migrate.ts';
export type { RecallQuery, StoredSpan } from './recall.ts';
export type { WriteBatch } from './write/write-batch.ts';
