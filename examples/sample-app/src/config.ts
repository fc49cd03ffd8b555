import { parseArgs } from 'node:util';

export interface Config {
  /** Where the providers answer: OpenAI at `${providerUrl}/v1`, Anthropic at `${providerUrl}`. */
  readonly providerUrl: string;
  /** How many tasks to do; 0 = until told to stop. A task makes one to three calls. */
  readonly tasks: number;
  readonly tasksPerSecond: number;
  readonly seed: number;
}

/** Flags, else `SAMPLE_APP_*` in the environment, else defaults. */
export function readConfig(args = process.argv.slice(2), environment = process.env): Config {
  const { values } = parseArgs({
    args,
    options: {
      'provider-url': { type: 'string', default: environment['SAMPLE_APP_PROVIDER_URL'] ?? 'http://127.0.0.1:4399' },
      tasks: { type: 'string', default: environment['SAMPLE_APP_TASKS'] ?? '0' },
      'tasks-per-second': { type: 'string', default: environment['SAMPLE_APP_TASKS_PER_SECOND'] ?? '4' },
      seed: { type: 'string', default: environment['SAMPLE_APP_SEED'] ?? '1' },
    },
  });
  return {
    providerUrl: values['provider-url'],
    tasks: Number(values.tasks),
    tasksPerSecond: Number(values['tasks-per-second']),
    seed: Number(values.seed),
  };
}
