import manifest from '../package.json' with { type: 'json' };
import type { Command } from './command.ts';
import { ConfigError, settingsHelp } from './config.ts';

/** Each command is loaded when it is asked for: `price` need not wait for ClickHouse. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/serve.ts')).up,
  demo: async () => (await import('./commands/demo.ts')).demo,
  collector: async () => (await import('./commands/serve.ts')).collector,
  'query-api': async () => (await import('./commands/serve.ts')).queryApi,
  alerts: async () => (await import('./commands/serve.ts')).alerts,
  viewer: async () => (await import('./commands/viewer.ts')).viewer,
  price: async () => (await import('./commands/price.ts')).price,
  prices: async () => (await import('./commands/prices.ts')).prices,
  reprice: async () => (await import('./commands/reprice.ts')).reprice,
  explain: async () => (await import('./commands/explain.ts')).explain,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  replay: async () => (await import('./commands/replay.ts')).replay,
  keys: async () => (await import('./commands/keys.ts')).keys,
};

const HELP: ReadonlySet<string> = new Set(['help', '--help', '-h']);

const out = (line: string) => console.log(line);

/** Runs the command that the arguments name. Resolves to the exit code. */
export async function run([name = 'help', ...args]: readonly string[]): Promise<number> {
  if (name === 'version' || name === '--version') out(manifest.version);
  else if (HELP.has(name) || args.some((arg) => HELP.has(arg))) await help([name, ...args].find((word) => Object.hasOwn(COMMANDS, word)));
  else return runCommand(name, args);
  return 0;
}

async function runCommand(name: string, args: readonly string[]): Promise<number> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (!load) throw new ConfigError([`there is no command ${name}; it is one of ${Object.keys(COMMANDS).join(', ')}`]);
    return await (await load()).run(args, out);
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error(error.problems.length === 1 ? error.problems[0] : error.message);
      return 2;
    }
    if (!isOfTheSurroundings(error)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** By name, so that `price` need not load the ledger to recognise its errors. */
const SURROUNDINGS: ReadonlySet<string> = new Set(['EngineStartError', 'DirectoryInUseError', 'SchemaMismatch', 'LedgerUnavailable']);

/** A directory in use, a full disk, a database of a newer version: the message is enough, a stack trace of our code would not help. */
function isOfTheSurroundings(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const isOfTheSystem = 'code' in error && /^E(?!RR_)[A-Z]+$/.test(String(error.code));
  return isOfTheSystem || SURROUNDINGS.has(error.name);
}

async function help(only: string | undefined): Promise<void> {
  if (only === undefined) {
    out('usage: tokenledger <command> [settings]\n');
    for (const [name, load] of Object.entries(COMMANDS)) out(`  ${name.padEnd(12)} ${(await load()).summary}`);
  } else {
    const { summary, usage } = (await COMMANDS[only]?.()) ?? {};
    out(`tokenledger ${only}: ${summary ?? ''}\n\n${usage ?? `usage: tokenledger ${only} [settings]`}`);
  }
  out(`\nSettings (also TOKENLEDGER_* in the environment, or tokenledger.yaml):\n\n${settingsHelp()}`);
}
