import type { SignedSegment } from './rolled-sources.ts';
import { timeSql } from './spend-sql.ts';

/** What rows of a segment count: 1, or -1 where they are taken off; where both are in it, an expression of the time. */
export function signSql({ source, ranges }: SignedSegment): 1 | -1 | string {
  const off = ranges.filter(({ sign }) => sign === -1);
  if (off.length === 0) return 1;
  return off.length === ranges.length ? -1 : `if(${timeSql({ source, ranges: off })}, -1, 1)`;
}

export function signedSql(sign: 1 | -1 | string, value: string, isMap: boolean): string {
  if (sign === 1) return value;
  return isMap ? `mapApply((key, value) -> (key, ${String(sign)} * value), ${value})` : `${String(sign)} * ${value}`;
}
