import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabelledSeries } from './nab-score.ts';

/** Reads the corpus from a folder with NAB's `data/` and `labels/`. */
export function readNab(folder: string): readonly LabelledSeries[] {
  const windows = JSON.parse(readFileSync(join(folder, 'labels/combined_windows.json'), 'utf8')) as Record<string, [string, string][]>;
  return Object.entries(windows).map(([name, labelled]) => {
    const rows = readFileSync(join(folder, 'data', name), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    const cells = rows.map((row) => row.split(','));
    return {
      name,
      times: cells.map(([time = '']) => time),
      values: cells.map(([, value]) => Number(value)),
      // Labels carry microseconds, the data does not.
      windows: labelled.map(([first, last]) => [first.slice(0, 19), last.slice(0, 19)] as const),
    };
  });
}

/** The scores that a published detector gave to every row: `## category/<detector>_<file>`, then one score a row. */
export function readPublishedScores(folder: string, detector: string): ReadonlyMap<string, readonly number[]> {
  const text = execFileSync('xz', ['-dc', join(folder, 'scores', `${detector}.txt.xz`)], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return new Map(
    text
      .split('## ')
      .slice(1)
      .map((part) => {
        const [name = '', ...scores] = part.trim().split('\n');
        return [name.trim().replace(`/${detector}_`, '/'), scores.map(Number)] as const;
      }),
  );
}
