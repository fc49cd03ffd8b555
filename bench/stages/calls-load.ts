import { createLoad } from '../ingest/load.ts';
import type { Request } from './stages.ts';

const SPANS_PER_REQUEST = 64;
/** Few, so that two checkouts take turns often. */
const REQUESTS = 60;

/** The load of `bench/ingest.ts`: eight services, one instrumentation, three chat calls under an agent. */
export function createCallsLoad(): () => readonly Request[] {
  const load = createLoad(SPANS_PER_REQUEST, 'protobuf');
  const senders = Array.from({ length: REQUESTS }, (_, index) => load.sender(index));
  return () => senders.map((next) => ({ tenant: 'default', body: Buffer.from(next()) }));
}
