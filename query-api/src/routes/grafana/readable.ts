import { divideRounded, parseUsd } from '@tokenledger/model';

const PICO_PER_CENT = 10n ** 10n;
const EXACT_USD = /(\d+\.\d{3,12})(?= USD)/g;

/** Words for a reader: `516.73290739 USD` as `516.73 USD`. What is less than a cent keeps its digits. */
export function readable(text: string): string {
  return text.replace(EXACT_USD, (decimal) => {
    const cents = divideRounded(parseUsd(decimal) ?? 0n, PICO_PER_CENT);
    if (cents === 0n) return decimal;
    const digits = cents.toString().padStart(3, '0');
    return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  });
}
