const PLACES = 6;

/** Decimal text times a million, exactly: `0.00000025` is `0.25`. */
export function perMillion(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.split('.');
  const digits = fraction.padEnd(PLACES, '0');
  const moved = `${whole}${digits.slice(0, PLACES)}`.replace(/^0+(?=\d)/, '');
  const rest = digits.slice(PLACES).replace(/0+$/, '');
  return rest === '' ? moved : `${moved}.${rest}`;
}
