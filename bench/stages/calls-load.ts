import { createLoad } from '../ingest/load.ts';
import type { Request } from './stages.ts';

const SPANS_PER_REQUEST = 64;
/** Few, so that two checkouts take turns often. */
const REQUESTS = 60;

/** The load of `bench/ingest.ts`: eight services, one instrumentation, three chat calls under an agent. */
export function createCallsLoad(): () => readonly Request[] {
  const load = createLoad(SPANS_PER_REQUEST, 'protobuf');
  return () => Array.from({ length: REQUESTS }, () => ({ tenant: 'default', body: Buffer.from(load.next()) }));
}
