import { setImmediate } from 'node:timers/promises';
import type { Accountant } from '../account/accountant.ts';
import type { Received, WireSpan } from '../account/received.ts';
import type { Filed } from '../journal/segment-file.ts';
import type { ReadSpans } from '../receive/tenant-spans.ts';
import { gatherRows, type Posted, type WritableLedger } from './gather-rows.ts';
import { type Loss, messageOf } from './loss.ts';
import { type Patience, StoppedError } from './patience.ts';
import type { Deliveries, Delivery, OpenDelivery } from './read-deliveries.ts';

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

/** A segment's deliveries, from the first one each time it is asked. */
export type ReadAll = () => Deliveries;

/** Few enough that what is made of them stays in the processor's cache, and that a request which comes meanwhile waits some milliseconds … */
const SLICE_SPANS = 256;
/** … and more where the ledger is asked about each slice. */
const ASKED_SPANS = 1000;

/**
 * Spans → what must be written because of them. The accountant fails for a while when the ledger it asks is away; should it fail for
 * good, the records it fails on are found by trying each alone, and cost nobody else.
 */
export async function account(readAll: ReadAll, accounting: Accounting): Promise<Accounted> {
  const whole = await post(readAll, accounting);
  if (whole.accounted) return whole.accounted;
  const failed = await failuresAlone(readAll, accounting);
  const isGood = ({ position }: Delivery) => !failed.has(position);
  const { accounted, problem } = await post(() => only(isGood, readAll()), accounting);
  const losses: Loss[] = [];
  if (accounted) {
    losses.push(...accounted.losses);
    for (const ofOne of failed.values()) losses.push(...ofOne);
    return { posted: accounted.posted, losses };
  }
  for await (const delivery of each(readAll())) losses.push(...failureOf(delivery, problem));
  return { posted: gatherRows(accounting.token, accounting.ledger).close(), losses };
}

async function failuresAlone(readAll: ReadAll, accounting: Accounting): Promise<ReadonlyMap<number, readonly Loss[]>> {
  const failed = new Map<number, readonly Loss[]>();
  for await (const window of readAll())
    for (const open of window) {
      const { accounted, problem } = await post(() => alone(open), accounting);
      await accounted?.posted.discard();
      accounting.accountant.reset();
      if (problem === undefined) continue;
      const delivery = await open();
      failed.set(delivery.position, failureOf(delivery, problem));
    }
  return failed;
}

const failureOf = ({ position, count, losses }: Delivery, message: string): readonly Loss[] => [
  ...losses,
  { reason: 'failed_in_accounting', message, records: [position], spans: count },
];

async function* each(deliveries: Deliveries): AsyncGenerator<Delivery> {
  for await (const window of deliveries) for (const open of window) yield await open();
}

async function* alone(open: OpenDelivery): Deliveries {
  yield [open];
}

async function* only(isWanted: (delivery: Delivery) => boolean, deliveries: Deliveries): Deliveries {
  for await (const delivery of each(deliveries)) if (isWanted(delivery)) yield [async () => delivery];
}

type Outcome =
  | { readonly accounted: Accounted; readonly problem?: undefined }
  | { readonly accounted?: undefined; readonly problem: string };

async function post(readAll: ReadAll, accounting: Accounting): Promise<Outcome> {
  const { accountant, patience } = accounting;
  try {
    const accounted = await patience('making entries of spans', () =>
      postInSlices(readAll(), accounting).catch((error: unknown) => {
        // A posting that failed half way must not be remembered: nothing of it was written.
        accountant.reset();
        throw error;
      }),
    );
    return { accounted };
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    return { problem: messageOf(error) };
  }
}

/** decode → account → encode, some spans at a time. Between two slices requests are answered. */
async function postInSlices(deliveries: Deliveries, { accountant, ledger, token }: Accounting): Promise<Accounted> {
  const rows = gatherRows(token, ledger);
  const losses: Loss[] = [];
  const size = accountant.isSole ? SLICE_SPANS : ASKED_SPANS;
  try {
    for await (const window of deliveries) {
      for await (const slice of slicesOf(window, size, losses)) {
        await rows.add(await accountant.post(slice));
        await setImmediate();
      }
    }
    return { posted: rows.close(), losses };
  } catch (error) {
    await rows.discard();
    throw error;
  }
}

/** A slice ends with its window, whose bytes are gone then. */
async function* slicesOf(window: readonly OpenDelivery[], size: number, losses: Loss[]): AsyncGenerator<readonly Received[]> {
  let slice: Received[] = [];
  /** Of deliveries whose last spans are in the slice. */
  let frees: Delivery['free'][] = [];
  for (const open of window) {
    const delivery = await open();
    const { tenant, receivedMs, read, filed, free } = delivery;
    losses.push(...delivery.losses);
    const { spans, wire } = read();
    for (const [index, span] of spans.entries()) {
      slice.push({ tenant, receivedMs, span, wire: wire && wireOf(wire, index, filed) });
      if (slice.length < size) continue;
      yield slice;
      for (const freeOne of frees) freeOne();
      slice = [];
      frees = [];
    }
    frees.push(free);
  }
  if (slice.length > 0) yield slice;
  for (const freeOne of frees) freeOne();
}

function wireOf({ body, bounds }: NonNullable<ReadSpans['wire']>, index: number, filed: Filed | undefined): WireSpan {
  return { bytes: body, from: bounds[index * 2] ?? 0, to: bounds[index * 2 + 1] ?? 0, filed };
}
