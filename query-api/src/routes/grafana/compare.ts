import { measureOf, type MeasureValue, type SpendRow } from '@tokenledger/ledger';
import type { Range } from '../../parameters.ts';
import { toMeasureJson } from '../../spend-json.ts';

/** The range of the same length that ends where this one starts. */
export function previousRange({ from, to }: Range): Range {
  return { from: Math.max(0, from - (to - from)), to: from };
}

type Cells = Record<string, string | number | null>;

/** `<measure>_previous` and `<measure>_change` (0.1 is ten percent more; null where one side is unknown or there was nothing). */
export function compareCells(measures: readonly string[], now: SpendRow['measures'], before: SpendRow['measures'] | undefined): Cells {
  return Object.fromEntries(
    measures.flatMap((name) => {
      const current = now[name] ?? null;
      // A group that was not there has spent nothing, but has no latency either.
      const previous = before ? (before[name] ?? null) : nothingOf(name);
      return [
        [`${name}_previous`, toMeasureJson(previous)],
        [`${name}_change`, changeOf(current, previous)],
      ];
    }),
  );
}

function nothingOf(name: string): MeasureValue {
  const { unit } = measureOf(name);
  return unit === 'ratio' || unit === 'ms' || name === 'cost_per_call' ? null : unit === 'usd' ? 0n : 0;
}

function changeOf(current: MeasureValue, previous: MeasureValue): number | null {
  if (current === null || previous === null || Number(previous) === 0) return null;
  return (Number(current) - Number(previous)) / Number(previous);
}
