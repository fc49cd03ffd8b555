import { askApi } from '../ask-api.ts';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig } from '../config.ts';

interface Check {
  readonly name: string;
  readonly look: (ask: (path: string) => Promise<unknown>) => Promise<string>;
}

/** What an operator would look at first, in that order. */
const CHECKS: readonly Check[] = [
  { name: 'query API and ClickHouse', look: async (ask) => JSON.stringify(await ask('/readyz')) },
  { name: 'books', look: async (ask) => JSON.stringify(await ask('/v1/books')) },
  {
    name: 'coverage, last 24 h',
    look: async (ask) => JSON.stringify(await ask(`/v1/coverage?from=${String(Date.now() - 86_400_000)}&to=${String(Date.now())}`)),
  },
];

export const doctor: Command = {
  name: 'doctor',
  summary: 'is it up, do the books balance, is everything priced',
  async run(args, out) {
    const { config } = loadConfig({ args });
    let failed = 0;
    for (const { name, look } of CHECKS) {
      const [mark, finding] = await look((path) => askApi(config, path)).then(
        (text) => ['ok  ', text],
        (error: unknown) => {
          if (!(error instanceof ConfigError)) throw error;
          failed += 1;
          return ['FAIL', error.problems.join('; ')];
        },
      );
      out(`${mark} ${name}: ${finding}`);
    }
    return failed === 0 ? 0 : 1;
  },
};
