/**
 * What the one import costs an app: `node bench/instrumentation.ts [launches] [other build …]`, after
 * `npm run build -w instrumentation`.
 *
 * An app with the real OpenAI SDK asks a local server that answers at once, without us and with us. Both run at the same time and work
 * by turns of a tenth of a second, so that each figure is the median of many differences between neighbours, with the range in which
 * nine of ten such medians lie. CPU is that of the whole process until all was exported. Streams of 400 chunks come as fast as a socket
 * can, which is the worst case; paced ones have 2 ms between their chunks. Other builds, by their folder, are measured beside ours.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ALL_WORKS, added, describe, measureByTurns, measureStarts } from './instrumentation/by-turns.ts';
import type { Variant } from './instrumentation/by-turns.ts';
import { measureImport } from './instrumentation/import-cost.ts';

const ROUNDS = 40;
const STARTS = 15;
const [launches = '3', ...builds] = process.argv.slice(2);

const registers: Record<string, string | undefined> = { without: undefined };

function instrumented(name: string, dist: string): Variant {
  const file = join(dist, 'esm/register.js');
  if (!existsSync(file)) throw new Error(`${file} is not there: npm run build -w instrumentation`);
  const register = pathToFileURL(file).href;
  registers[name] = register;
  return { execArgv: ['--import', register] };
}

const variants: Record<string, Variant> = {
  without: { execArgv: [] },
  with: instrumented('with', join(import.meta.dirname, '../instrumentation/dist')),
};
for (const build of builds) variants[build] = instrumented(build, resolve(build));

const figures = await measureByTurns(variants, ALL_WORKS, Number(launches), ROUNDS);
figures['start-up, CPU ms'] = await measureStarts(variants, STARTS);
for (const [name, register] of Array.from({ length: STARTS }, () => Object.entries(registers)).flat()) {
  const cost = measureImport(register);
  ((figures['the import, CPU ms'] ??= {})[name] ??= []).push(cost.import);
  ((figures['OpenTelemetry’s API behind it, CPU ms'] ??= {})[name] ??= []).push(cost.api);
}
const rows = Object.entries(figures).map(([figure, byVariant]) => {
  const row: Record<string, string> = { without: describe(byVariant['without'] ?? []).median.toFixed(1) };
  for (const name of Object.keys(variants).slice(1)) {
    const { median, low, high } = describe(added(byVariant[name], byVariant['without']));
    row[`${name}: added`] = `${median.toFixed(1)} (${low.toFixed(1)} – ${high.toFixed(1)})`;
  }
  return [figure, row] as const;
});
console.table(Object.fromEntries(rows));
