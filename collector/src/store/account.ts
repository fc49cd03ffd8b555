import { setImmediate } from 'node:timers/promises';
import type { Accountant } from '../account/accountant.ts';
import type { Received, WireSpan } from '../account/received.ts';
import type { ReadSpans, TenantSpans } from '../receive/tenant-spans.ts';
import { gatherRows, type Posted, type WritableLedger } from './gather-rows.ts';
import { type Loss, messageOf } from './loss.ts';
import { type Patience, StoppedError } from './patience.ts';

export interface Accounted {
  readonly posted: Posted;
  readonly losses: readonly Loss[];
}

export interface Accounting {
  readonly accountant: Accountant;
  readonly patience: Patience;
  readonly ledger: WritableLedger;
  /** Names what is written. */
  readonly token: string;
}

/** Few enough that what is made of them stays in the processor's cache, and that a request which comes meanwhile waits some milliseconds … */
const SLICE_SPANS = 256;
/** … and more where the ledger is asked about each slice. */
const ASKED_SPANS = 1000;

/**
 * Spans → what must be written because of them. The accountant fails for a while when the ledger it asks is away; should it fail for
 * good, the records it fails on are found by trying each alone, and cost nobody else.
 */
export async function account(deliveries: readonly TenantSpans[], accounting: Accounting): Promise<Accounted> {
  const { accountant, ledger, token } = accounting;
  const whole = await post(deliveries, accounting);
  if (whole.posted) return { posted: whole.posted, losses: [] };
  const losses: Loss[] = [];
  const good: TenantSpans[] = [];
  for (const [position, delivery] of deliveries.entries()) {
    const { problem } = await post([delivery], accounting);
    accountant.reset();
    if (problem === undefined) good.push(delivery);
    else losses.push({ reason: 'failed_in_accounting', message: problem, records: [position], spans: delivery.count });
  }
  const { posted, problem } = await post(good, accounting);
  if (posted) return { posted, losses };
  const spans = deliveries.reduce((sum, { count }) => sum + count, 0);
  const lost: Loss = { reason: 'failed_in_accounting', message: problem, records: [...deliveries.keys()], spans };
  return { posted: gatherRows(token, ledger).close(), losses: [lost] };
}

type Outcome = { readonly posted: Posted; readonly problem?: undefined } | { readonly posted?: undefined; readonly problem: string };

async function post(deliveries: readonly TenantSpans[], accounting: Accounting): Promise<Outcome> {
  const { accountant, patience } = accounting;
  try {
    const posted = await patience('asking the ledger for known spans', () =>
      postInSlices(deliveries, accounting).catch((error: unknown) => {
        // A posting that failed half way must not be remembered: nothing of it was written.
        accountant.reset();
        throw error;
      }),
    );
    return { posted };
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    return { problem: messageOf(error) };
  }
}

/** decode → account → encode, some spans at a time. Between two slices requests are answered. */
async function postInSlices(deliveries: readonly TenantSpans[], { accountant, ledger, token }: Accounting): Promise<Posted> {
  const rows = gatherRows(token, ledger);
  for (const slice of slicesOf(deliveries, accountant.isSole ? SLICE_SPANS : ASKED_SPANS)) {
    rows.add(await accountant.post(slice));
    await setImmediate();
  }
  return rows.close();
}

function* slicesOf(deliveries: readonly TenantSpans[], size: number): Generator<readonly Received[]> {
  let slice: Received[] = [];
  for (const { tenant, receivedMs, read } of deliveries) {
    const { spans, wire } = read();
    for (const [index, span] of spans.entries()) {
      slice.push({ tenant, receivedMs, span, wire: wire && wireOf(wire, index) });
      if (slice.length < size) continue;
      yield slice;
      slice = [];
    }
  }
  if (slice.length > 0) yield slice;
}

function wireOf({ body, bounds }: NonNullable<ReadSpans['wire']>, index: number): WireSpan {
  return { bytes: body, from: bounds[index * 2] ?? 0, to: bounds[index * 2 + 1] ?? 0 };
}
