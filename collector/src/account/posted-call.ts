import type { Call } from '@tokenledger/model';
import type { Verdict } from '../understand/resolve/resolve.ts';
import type { Priced } from './price.ts';
import { toCall } from './row.ts';

interface Parts {
  readonly verdict: Verdict;
  readonly priced: Priced;
  readonly receivedMs: number | undefined;
  readonly evidence: string;
  readonly version: number;
}

/** A call as it was posted, remembered by what it was made of: few are ever looked at again. */
export class PostedCall {
  readonly version: number;
  readonly #verdict: Verdict;
  readonly #priced: Priced;
  readonly #receivedMs: number | undefined;
  readonly #evidence: string;

  constructor({ verdict, priced, receivedMs, evidence, version }: Parts) {
    this.version = version;
    this.#verdict = verdict;
    this.#priced = priced;
    this.#receivedMs = receivedMs;
    this.#evidence = evidence;
  }

  /** Whether it was made of such a verdict, so that nothing about it has changed. */
  isOf({ observation, billable, reason }: Verdict): boolean {
    return this.#verdict.observation === observation && this.#verdict.billable === billable && this.#verdict.reason === reason;
  }

  /** Made anew each time. */
  get call(): Call {
    return toCall(this.#verdict, this.#priced, this.#receivedMs, this.#evidence);
  }
}
