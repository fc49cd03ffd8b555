import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scoreStream } from '../../alerts/src/detector/stream.ts';
import { readNab, readPublishedScores } from './nab-data.ts';
import { type LabelledSeries, nabScore, PROFILES } from './nab-score.ts';

export interface Report {
  readonly say: (line: string) => void;
  readonly promise: (holds: boolean, what: string) => void;
}

const LEAST_STANDARD = 52;

export function benchNab(folder: string, { say, promise }: Report): void {
  const corpus = readNab(folder);
  const published = JSON.parse(readFileSync(join(folder, 'results/final_results.json'), 'utf8')) as Record<
    string,
    Record<keyof typeof PROFILES, number>
  >;
  for (const detector of ['relativeEntropy', 'twitterADVec', 'windowedGaussian']) {
    const scores = readPublishedScores(folder, detector);
    const own = nabScore(corpus, ({ name }) => scores.get(name) ?? [], PROFILES.standard).score;
    const theirs = published[detector]?.standard ?? Number.NaN;
    promise(Math.abs(own - theirs) < 0.01, `the scorer reproduces ${detector}: ${own.toFixed(2)}, published ${theirs.toFixed(2)}`);
  }
  const points = ({ times, values }: LabelledSeries) =>
    times.map((time, row) => ({ timeMs: Date.parse(`${time.replace(' ', 'T')}Z`), value: values[row] ?? 0 }));
  const ours = new Map(corpus.map((series) => [series.name, scoreStream(points(series))]));
  for (const [name, profile] of Object.entries(PROFILES)) {
    const { score } = nabScore(corpus, (series) => ours.get(series.name) ?? [], profile);
    if (name === 'standard') promise(score >= LEAST_STANDARD, `NAB ${name}: ${score.toFixed(2)} (at least ${LEAST_STANDARD})`);
    else say(`       NAB ${name}: ${score.toFixed(2)}`);
  }
}
