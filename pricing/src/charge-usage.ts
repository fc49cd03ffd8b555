import { METERS, isMeter, meterFacts, type Meter } from '@tokenledger/model/meter';
import { divideRounded, type PicoUsd } from '@tokenledger/model/money';
import type { Charge, Usage } from '@tokenledger/model';
import { quantityProblem, toQuantity } from './quantity.ts';
import type { MeterRate, MeterRates, RateStep, RateTable } from './rate-table.ts';

export interface ChargedUsage {
  readonly charges: readonly Charge[];
  readonly cost: PicoUsd;
  /** Meters with a quantity and no rate. */
  readonly missing: readonly Meter[];
  readonly isContract: boolean;
  readonly assumes?: string | undefined;
}

/** Why a usage cannot be priced at all, or `undefined` when every quantity is sound. */
export function usageProblem(usage: Usage): string | undefined {
  let any = false;
  for (const key in usage) {
    const quantity = usage[key as Meter];
    if (quantity === undefined) continue;
    any = true;
    const problem = isMeter(key) ? quantityProblem(key, quantity) : `${key} is no meter`;
    if (problem) return problem;
  }
  return any ? undefined : 'no usage was reported';
}

/** `usage` must be free of problems. Each line is rounded once, to a pico-USD; the cost is the sum of the lines. */
export function chargeUsage(usage: Usage, table: RateTable): ChargedUsage {
  const rates = table.cliffs.length === 0 ? table.rates : ratesFor(table, inputSize(usage));
  const charges: Charge[] = [];
  const missing: Meter[] = [];
  let cost = 0n;
  let isContract = false;
  let assumes: string | undefined;
  for (const meter of billedMeters(usage, rates)) {
    const quantity = usage[meter] ?? 1;
    const rate = rates[meter];
    if (!rate) {
      // Every call is a request: a list without a request fee has none.
      if (quantity > 0 && meter !== 'requests') missing.push(meter);
      continue;
    }
    isContract ||= rate.isContract;
    assumes ??= rate.assumes;
    const from = charges.length;
    if (table.margins.length === 0) charges.push(chargeLine(meter, quantity, rate));
    else
      for (const part of marginalParts(usage, meter, quantity, rate, table.margins))
        charges.push(chargeLine(meter, part.quantity, part.rate));
    for (let i = from; i < charges.length; i++) cost += charges[i]?.amount ?? 0n;
  }
  if (charges.length === 0 && missing.length === 0 && (usage.requests ?? 0) > 0) missing.push('requests');
  return { charges, cost, missing, isContract, assumes };
}

/** The meters of a usage, in its order. A call is one request, whether or not the emitter counts it. */
function billedMeters(usage: Usage, rates: MeterRates): readonly Meter[] {
  const meters: Meter[] = [];
  for (const meter in usage) if (usage[meter as Meter] !== undefined) meters.push(meter as Meter);
  if (rates.requests && usage.requests === undefined) meters.push('requests');
  return meters;
}

function chargeLine(meter: Meter, stated: number, rate: MeterRate): Charge {
  const quantity = rate.minimum !== undefined && stated > 0 && stated < rate.minimum ? rate.minimum : stated;
  return { meter, quantity, unitPriceUsd: rate.unitPriceUsd, amount: amountOf(quantity, rate), priceId: rate.priceId, source: rate.source };
}

function amountOf(quantity: number, rate: MeterRate): PicoUsd {
  if (rate.denominator === 1n && Number.isInteger(quantity)) return BigInt(quantity) * rate.numerator;
  const exact = toQuantity(quantity);
  return divideRounded(exact.numerator * rate.numerator, exact.denominator * rate.denominator);
}

/** What context tiers compare with: everything that went in, cached or not, of whatever modality. */
export function inputSize(usage: Usage): number {
  let size = 0;
  for (const meter of INPUT_METERS) size += usage[meter] ?? 0;
  return size;
}

const INPUT_METERS = METERS.filter((meter) => meterFacts(meter).side === 'input');

function ratesFor(table: RateTable, size: number): MeterRates {
  let { rates } = table;
  for (const step of table.cliffs) {
    if (size < step.from) break;
    ({ rates } = step);
  }
  return rates;
}

/** The order in which tokens fill the context window: what is cached is the beginning of the prompt, output comes last. */
const CONTEXT_ORDER: readonly Meter[] = [
  'cache_read',
  'audio_cache_read',
  'image_cache_read',
  'cache_write_1h',
  'cache_write_5m',
  'cache_write',
  'input_uncached',
  'audio_input',
  'image_input',
  'video_input',
  'reasoning',
  'output_text',
  'audio_output',
  'image_output',
  'video_output',
];

/** A meter's quantity cut at each boundary: tokens by their place in the context window, other units by their own count. */
function* marginalParts(usage: Usage, meter: Meter, quantity: number, base: MeterRate, margins: readonly RateStep[]) {
  let position = startOf(usage, meter);
  let rest = quantity;
  let rate = base;
  for (const step of margins) {
    const below = Math.min(rest, Math.max(0, step.from - 1 - position));
    if (below > 0) yield { quantity: below, rate };
    position += below;
    rest -= below;
    rate = step.rates[meter] ?? rate;
  }
  if (rest > 0 || quantity === 0) yield { quantity: rest, rate };
}

function startOf(usage: Usage, meter: Meter): number {
  let position = 0;
  for (const earlier of CONTEXT_ORDER) {
    if (earlier === meter) return position;
    position += usage[earlier] ?? 0;
  }
  return 0;
}
