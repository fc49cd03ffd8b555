import { measureOf, type MeasureValue } from '@tokenledger/ledger';
import { divideRounded, formatUsd, PICO_PER_USD, type PicoUsd } from '@tokenledger/model';

const CENT: PicoUsd = PICO_PER_USD / 100n;
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 4 });

/** As people read money: `$12,516.73`, and `$0.0042` where cents would say nothing. What is exact stands in a fact of its own. */
export function showMoney(amount: PicoUsd): string {
  const magnitude = amount < 0n ? -amount : amount;
  const sign = amount < 0n ? '-' : '';
  if (magnitude > 0n && magnitude < CENT) {
    const digits = magnitude.toString().length - 2;
    const unit = 10n ** BigInt(Math.max(digits, 0));
    return `${sign}$${formatUsd(divideRounded(magnitude, unit) * unit)}`;
  }
  const cents = divideRounded(magnitude, CENT);
  return `${sign}$${grouped.format(cents / 100n)}.${(cents % 100n).toString().padStart(2, '0')}`;
}

/** Of statistics; no sum of money is made of it. */
export const usdToMoney = (usd: number): PicoUsd => BigInt(Math.round(usd * 1e6)) * 1_000_000n;
export const showUsd = (usd: number): string => showMoney(usdToMoney(usd));

/** A measure as people read it. */
export function show(measure: string, value: MeasureValue): string {
  if (value === null) return 'unknown';
  const unit = measureOf(measure)?.unit;
  if (unit === 'usd') return typeof value === 'bigint' ? showMoney(value) : showUsd(value);
  const number = Number(value);
  if (unit === 'ratio') return `${grouped.format(Math.round(number * 1e4) / 100)} %`;
  return unit === 'ms' ? `${grouped.format(number)} ms` : grouped.format(number);
}

/** The value of a fact for people, and for machines the exact amount. */
export function valueFacts(measure: string, value: MeasureValue): Readonly<Record<string, string>> {
  return { value: show(measure, value), ...(typeof value === 'bigint' && { value_usd: formatUsd(value) }) };
}

/** Likewise of an estimate, by its name: to the micro-dollar. */
export const usdFacts = (name: string, usd: number): Readonly<Record<string, string>> => ({
  [name]: showUsd(usd),
  [`${name}_usd`]: formatUsd(usdToMoney(usd)),
});
