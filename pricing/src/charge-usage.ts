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
  const bill = new Bill(usage, rates, table.margins);
  for (const meter in usage) {
    const quantity = usage[meter as Meter];
    if (quantity !== undefined) bill.charge(meter as Meter, quantity);
  }
  // A call is one request, whether or not the emitter counts it.
  if (rates.requests && usage.requests === undefined) bill.charge('requests', 1);
  if (bill.charges.length === 0 && bill.missing.length === 0 && (usage.requests ?? 0) > 0) bill.missing = ['requests'];
  return bill;
}

const NOTHING: readonly Meter[] = [];

/** Lines in the order of the usage. */
class Bill implements ChargedUsage {
  readonly charges: Charge[] = [];
  cost = 0n;
  missing = NOTHING;
  isContract = false;
  assumes: string | undefined;
  readonly #usage: Usage;
  readonly #rates: MeterRates;
  readonly #margins: readonly RateStep[];

  constructor(usage: Usage, rates: MeterRates, margins: readonly RateStep[]) {
    this.#usage = usage;
    this.#rates = rates;
    this.#margins = margins;
  }

  charge(meter: Meter, quantity: number): void {
    const rate = this.#rates[meter];
    if (!rate) {
      // Every call is a request: a list without a request fee has none.
      if (quantity > 0 && meter !== 'requests') this.missing = [...this.missing, meter];
      return;
    }
    this.isContract ||= rate.isContract;
    this.assumes ??= rate.assumes;
    if (this.#margins.length === 0) this.#add(chargeLine(meter, quantity, rate));
    else
      for (const part of marginalParts(this.#usage, meter, quantity, rate, this.#margins))
        this.#add(chargeLine(meter, part.quantity, part.rate));
  }

  #add(line: Charge): void {
    this.charges.push(line);
    this.cost += line.amount;
  }
}

function chargeLine(meter: Meter, stated: number, rate: MeterRate): Charge {
  const quantity = rate.minimum !== undefined && stated > 0 && stated < rate.minimum ? rate.minimum : stated;
  return { meter, quantity, unitPriceUsd: rate.unitPriceUsd, amount: amountOf(quantity, rate), priceId: rate.priceId, source: rate.source };
}

function amountOf(quantity: number, rate: MeterRate): PicoUsd {
  if (rate.denominator === 1n && Number.isInteger(quantity)) return wholeOf(quantity) * rate.numerator;
  const exact = toQuantity(quantity);
  return divideRounded(exact.numerator * rate.numerator, exact.denominator * rate.denominator);
}

/** An integer as a bigint; one of 32 bits is made without leaving compiled code. */
function wholeOf(quantity: number): bigint {
  const small = quantity | 0;
  return small === quantity ? BigInt(small) : BigInt(quantity);
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
