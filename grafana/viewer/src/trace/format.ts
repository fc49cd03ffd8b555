/** Decimal text as money: whole cents where there are dollars, more digits where there are none. */
export function formatUsd(decimal: string): string {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const sign = decimal.startsWith('-') ? '-' : '';
  const firstDigit = fraction.search(/[1-9]/);
  const digits = Number(whole) > 0 || firstDigit < 0 ? 2 : Math.max(2, firstDigit + 3);
  const rounded = roundHalfUp(whole + fraction.padEnd(digits + 1, '0').slice(0, digits + 1)).padStart(digits + 1, '0');
  return `${sign}$${BigInt(rounded.slice(0, -digits)).toLocaleString('en')}.${rounded.slice(-digits)}`;
}

/** Whole number text without its last digit. */
const roundHalfUp = (digits: string) => String((BigInt(digits) + 5n) / 10n);

export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const NOT_TOKENS = new Set([
  'audio_seconds',
  'video_seconds',
  'gpu_seconds',
  'characters',
  'images',
  'pages',
  'requests',
  'web_searches',
  'file_searches',
  'code_sessions',
  'search_units',
]);

export function formatTokens(usage: Readonly<Record<string, number>>): string {
  const tokens = Object.entries(usage).reduce((sum, [meter, quantity]) => sum + (NOT_TOKENS.has(meter) ? 0 : quantity), 0);
  return tokens === 0 ? '' : tokens.toLocaleString('en');
}
