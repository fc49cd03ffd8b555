import { setImmediate } from 'node:timers/promises';
import type { Accountant, Posting } from '../account/accountant.ts';
import type { Received } from '../account/received.ts';
import type { TenantSpans } from '../receive/receive-traces.ts';
import { type Loss, messageOf } from './loss.ts';
import { type Patience, StoppedError } from './patience.ts';

export interface Accounted {
  readonly posting: Posting;
  readonly losses: readonly Loss[];
}

const SLICE_SPANS = 1000;
const NOTHING: Posting = { entries: [], steps: [], duplicates: 0 };

/**
 * Spans → what must be written because of them. The accountant fails for a while when the ledger it asks is away; should it fail for
 * good, the records it fails on are found by trying each alone, and cost nobody else.
 */
export async function account(deliveries: readonly TenantSpans[], accountant: Accountant, patience: Patience): Promise<Accounted> {
  const whole = await post(deliveries, accountant, patience);
  if (whole.posting) return { posting: whole.posting, losses: [] };
  const losses: Loss[] = [];
  const good: TenantSpans[] = [];
  for (const [position, delivery] of deliveries.entries()) {
    const { problem } = await post([delivery], accountant, patience);
    accountant.reset();
    if (problem === undefined) good.push(delivery);
    else losses.push({ reason: 'failed_in_accounting', message: problem, records: [position], spans: delivery.spans.length });
  }
  const { posting, problem } = await post(good, accountant, patience);
  if (posting) return { posting, losses };
  const spans = deliveries.reduce((sum, delivery) => sum + delivery.spans.length, 0);
  return { posting: NOTHING, losses: [{ reason: 'failed_in_accounting', message: problem, records: [...deliveries.keys()], spans }] };
}

type Posted = { readonly posting: Posting; readonly problem?: undefined } | { readonly posting?: undefined; readonly problem: string };

async function post(deliveries: readonly TenantSpans[], accountant: Accountant, patience: Patience): Promise<Posted> {
  const items = deliveries.flatMap(({ tenant, receivedMs, spans }) => spans.map((span) => ({ tenant, receivedMs, span })));
  try {
    const posting = await patience('asking the ledger for known spans', () =>
      postInSlices(items, accountant).catch((error: unknown) => {
        // A posting that failed half way must not be remembered: nothing of it was written.
        accountant.reset();
        throw error;
      }),
    );
    return { posting };
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    return { problem: messageOf(error) };
  }
}

/** Between two slices requests are answered: understanding a whole segment at once would keep them waiting. */
async function postInSlices(items: readonly Received[], accountant: Accountant): Promise<Posting> {
  const postings: Posting[] = [];
  for (let at = 0; at < items.length; at += SLICE_SPANS) {
    postings.push(await accountant.post(items.slice(at, at + SLICE_SPANS)));
    await setImmediate();
  }
  return {
    entries: postings.flatMap(({ entries }) => entries),
    steps: postings.flatMap(({ steps }) => steps),
    duplicates: postings.reduce((sum, { duplicates }) => sum + duplicates, 0),
  };
}
