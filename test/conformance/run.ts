/*
 * Runs the cases against any resolver: node test/conformance/run.ts [--only <part of a name>] -- <command> [arguments]
 * The command is started once per case and order of arrival. It reads {"traces":[…],"logs":[…]} from its standard input and prints
 * {"calls":[{"span_id":…,"billable":…,"usage":{…}}]}. Nothing here needs Tokenledger.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';

type Json = Readonly<Record<string, unknown>>;
interface Input {
  readonly traces?: readonly Json[];
  readonly logs?: readonly Json[];
}
interface Case extends Input {
  readonly why: string;
  readonly expect: { readonly billable_calls: number; readonly calls: readonly Json[] };
}

const { values, positionals } = parseArgs({ options: { only: { type: 'string', default: '' } }, allowPositionals: true });
const [command, ...args] = positionals;
if (command === undefined) throw new Error('which command? node test/conformance/run.ts -- <command> [arguments]');

const root = join(import.meta.dirname, 'cases');
let failed = 0;
for (const file of globSync('*/*.json', { cwd: root }).toSorted()) {
  if (!file.includes(values.only)) continue;
  const asked = JSON.parse(readFileSync(join(root, file), 'utf8')) as Case;
  const inputs = { 'as listed': asked, 'span by span, last first': { traces: eachSpanAlone(asked).toReversed(), logs: asked.logs ?? [] } };
  for (const [order, { traces = [], logs = [] }] of Object.entries(inputs)) {
    const problem = compare(ask({ traces, logs }), asked.expect);
    if (problem === undefined) continue;
    failed += 1;
    console.log(`✗ ${file} (${order}): ${problem}\n    ${asked.why}`);
  }
}
console.log(failed === 0 ? 'every case holds' : `${String(failed)} do not hold`);
process.exitCode = failed === 0 ? 0 : 1;

function ask(input: Input): readonly Json[] | string {
  const { stdout, stderr, status } = spawnSync(command ?? '', args, { input: JSON.stringify(input), encoding: 'utf8' });
  if (status !== 0) return stderr.trim() || `exit code ${String(status)}`;
  const { calls } = JSON.parse(stdout) as { calls: readonly Json[] };
  return calls;
}

/** Only what a case names is compared: a resolver may say more, and may list spans that are neither billed nor named. */
function compare(calls: readonly Json[] | string, expected: Case['expect']): string | undefined {
  if (typeof calls === 'string') return calls;
  const billed = calls.filter((call) => call['billable'] === true).length;
  if (billed !== expected.billable_calls) return `${String(billed)} calls are billed, not ${String(expected.billable_calls)}`;
  for (const asked of expected.calls) {
    const id = asked['span_id'];
    const call = calls.find((candidate) => (id === 'any' ? candidate['billable'] === asked['billable'] : candidate['span_id'] === id));
    for (const name of ['billable', 'usage', 'provider', 'model']) {
      if (name === 'usage' && asked['billable'] !== true) continue;
      const [want, got] = [withoutZeros(asked[name]), withoutZeros(call?.[name])];
      if (want !== undefined && !isDeepStrictEqual(got, want)) {
        return `${name} of ${String(id)} is ${JSON.stringify(got)}, not ${JSON.stringify(want)}`;
      }
    }
  }
  return undefined;
}

/** A bucket of 0 and an absent one bill the same. */
function withoutZeros(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, quantity]) => quantity !== 0));
}

function eachSpanAlone({ traces = [] }: Input): Json[] {
  type Scoped = Json & { readonly scopeSpans: readonly (Json & { readonly spans: readonly Json[] })[] };
  return traces.flatMap((request) =>
    (request['resourceSpans'] as readonly Scoped[]).flatMap((resource) =>
      resource.scopeSpans.flatMap((scope) =>
        scope.spans.map((span) => ({ resourceSpans: [{ ...resource, scopeSpans: [{ ...scope, spans: [span] }] }] })),
      ),
    ),
  );
}
