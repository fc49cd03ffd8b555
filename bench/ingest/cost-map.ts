import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Cost {
  readonly of: string;
  /** Of the time in which the thread was not idle. */
  readonly percent: number;
}

/** Where a frame belongs: the first that matches. */
const PLACES: readonly (readonly [pattern: RegExp, name: (match: RegExpExecArray) => string])[] = [
  [/\/(collector|ledger|pricing|model)\/src\/(?:([\w-]+)\/)?/, ([, owner, folder]) => (folder ? `${owner}/${folder}` : `${owner}`)],
  [/node_modules\/((?:@[^/]+\/)?[^/]+)/, ([, name]) => `${name}`],
  [/^node:internal\/(?:deps\/)?([^/]+)/, ([, name]) => `node ${name}`],
  [/^node:(\w+)/, ([, name]) => `node ${name}`],
];

/** Who used the processor, from the profiles that `node --cpu-prof` left in a directory, one thread each: self time, by folder and by function. */
export function costMap(directory: string): { readonly byPlace: Cost[]; readonly byFunction: Cost[] }[] {
  const profiles = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  return profiles.map((name) => costsOf(JSON.parse(readFileSync(join(directory, name), 'utf8')) as CpuProfile));
}

function costsOf({ nodes, samples, timeDeltas }: CpuProfile): { byPlace: Cost[]; byFunction: Cost[] } {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byPlace = new Map<string, number>();
  const byFunction = new Map<string, number>();
  let busyUs = 0;
  for (const [index, sample] of samples.entries()) {
    const frame = frames.get(sample);
    const us = timeDeltas[index] ?? 0;
    if (!frame || frame.functionName === '(idle)') continue;
    busyUs += us;
    const place = placeOf(frame.url) ?? (frame.url === '' ? frame.functionName : frame.url);
    add(byPlace, place.startsWith('(') ? place : frame.url === '' ? 'built-in functions' : place, us);
    add(byFunction, `${frame.functionName || '(anonymous)'} ${placeOf(frame.url) ?? ''}:${frame.lineNumber + 1}`, us);
  }
  return { byPlace: shares(byPlace, busyUs), byFunction: shares(byFunction, busyUs) };
}

function placeOf(url: string): string | undefined {
  for (const [pattern, name] of PLACES) {
    const match = pattern.exec(url);
    if (match) return name(match);
  }
  return undefined;
}

function add(sums: Map<string, number>, key: string, us: number): void {
  sums.set(key, (sums.get(key) ?? 0) + us);
}

function shares(sums: ReadonlyMap<string, number>, of: number): Cost[] {
  return [...sums]
    .toSorted(([, one], [, other]) => other - one)
    .map(([place, us]) => ({ of: place, percent: Number(((us / of) * 100).toFixed(1)) }));
}
