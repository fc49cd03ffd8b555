import { parseArgs } from 'node:util';

export interface Config {
  /** Where the providers answer: OpenAI at `${providerUrl}/v1`, Anthropic at `${providerUrl}`. */
  readonly providerUrl: string;
  /** How many calls to make, retries not counted; 0 = until told to stop. A task is never cut in two, so it may be one more. */
  readonly calls: number;
  readonly tasksPerSecond: number;
  readonly seed: number;
}

/** Flags, else `SAMPLE_APP_*` in the environment, else defaults. */
export function readConfig(args = process.argv.slice(2), environment = process.env): Config {
  const { values } = parseArgs({
    args,
    options: {
      simulator: { type: 'string', default: environment['SAMPLE_APP_SIMULATOR'] ?? 'http://127.0.0.1:4399' },
      calls: { type: 'string', default: environment['SAMPLE_APP_CALLS'] ?? '0' },
      'tasks-per-second': { type: 'string', default: environment['SAMPLE_APP_TASKS_PER_SECOND'] ?? '20' },
      seed: { type: 'string', default: environment['SAMPLE_APP_SEED'] ?? '1' },
    },
  });
  return {
    providerUrl: values.simulator,
    calls: Number(values.calls),
    tasksPerSecond: Number(values['tasks-per-second']),
    seed: Number(values.seed),
  };
}
