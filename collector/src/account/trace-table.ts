import type { TenantId } from '@tokenledger/model';
import type { Mark } from './mark.ts';
import type { Trace } from './trace.ts';

const FIRST_BUCKETS = 2 ** 10;

/**
 * The traces that are objects, by tenant and id. Not a `Map`: when that has had as many additions and removals as it has room for, it begins a new
 * table, to which the one before points. Once one of them has come to old space, the garbage collector takes all later ones there, and what they held.
 */
export class TraceTable {
  #buckets: (Trace | undefined)[] = emptyBuckets(FIRST_BUCKETS);
  #size = 0;

  get(tenant: TenantId, traceId: string, { place }: Mark): Trace | undefined {
    let trace = this.#buckets[place & (this.#buckets.length - 1)];
    while (trace && (trace.traceId !== traceId || trace.tenant !== tenant)) trace = trace.nextInBucket;
    return trace;
  }

  add(trace: Trace): void {
    if (++this.#size > this.#buckets.length) this.#grow();
    this.#put(trace);
  }

  remove(trace: Trace): void {
    this.#size -= 1;
    const bucket = trace.mark.place & (this.#buckets.length - 1);
    const first = this.#buckets[bucket];
    if (first === trace) this.#buckets[bucket] = trace.nextInBucket;
    else {
      let before = first;
      while (before && before.nextInBucket !== trace) before = before.nextInBucket;
      if (before) before.nextInBucket = trace.nextInBucket;
    }
    trace.nextInBucket = undefined;
  }

  #put(trace: Trace): void {
    const bucket = trace.mark.place & (this.#buckets.length - 1);
    trace.nextInBucket = this.#buckets[bucket];
    this.#buckets[bucket] = trace;
  }

  #grow(): void {
    const before = this.#buckets;
    this.#buckets = emptyBuckets(before.length * 2);
    for (let trace of before)
      while (trace) {
        const next: Trace | undefined = trace.nextInBucket;
        this.#put(trace);
        trace = next;
      }
  }
}

const emptyBuckets = (length: number): (Trace | undefined)[] => Array.from<Trace | undefined>({ length }).fill(undefined);
