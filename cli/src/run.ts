import type { Command } from './command.ts';
import { ConfigError, settingsHelp } from './config.ts';

/** Each command is loaded when it is asked for: `price` need not wait for ClickHouse. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/serve.ts')).up,
  demo: async () => (await import('./commands/demo.ts')).demo,
  collector: async () => (await import('./commands/serve.ts')).collector,
  'query-api': async () => (await import('./commands/serve.ts')).queryApi,
  alerts: async () => (await import('./commands/serve.ts')).alerts,
  price: async () => (await import('./commands/price.ts')).price,
  prices: async () => (await import('./commands/prices.ts')).prices,
  reprice: async () => (await import('./commands/reprice.ts')).reprice,
  explain: async () => (await import('./commands/explain.ts')).explain,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  replay: async () => (await import('./commands/replay.ts')).replay,
  keys: async () => (await import('./commands/keys.ts')).keys,
};

const out = (line: string) => console.log(line);

/** Runs the command that the arguments name. Resolves to the exit code. */
export async function run([name = 'help', ...args]: readonly string[]): Promise<number> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) {
    await help();
    return name === 'help' || name === '--help' ? 0 : 2;
  }
  try {
    return await (await load()).run(args, out);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.problems.length === 1 ? error.problems[0] : error.message);
    return 2;
  }
}

async function help(): Promise<void> {
  out('tokenledger <command> [settings]\n');
  for (const load of Object.values(COMMANDS)) {
    const { name: command, summary } = await load();
    out(`  ${command.padEnd(12)} ${summary}`);
  }
  out(`\nSettings (also TOKENLEDGER_* in the environment, or tokenledger.yaml):\n\n${settingsHelp()}`);
}
