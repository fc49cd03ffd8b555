/** Exact, of decimals as ClickHouse writes them: digits, perhaps a point, perhaps a minus. */
export function addDecimals(a: string, b: string): string {
  const scale = Math.max(fractionOf(a).length, fractionOf(b).length);
  const sum = (scaled(a, scale) + scaled(b, scale)).toString();
  if (scale === 0) return sum;
  const digits = sum.replace('-', '').padStart(scale + 1, '0');
  const sign = sum.startsWith('-') ? '-' : '';
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const fractionOf = (decimal: string) => decimal.split('.')[1] ?? '';

function scaled(decimal: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}
