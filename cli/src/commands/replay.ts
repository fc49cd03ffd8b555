import { join } from 'node:path';
import { replayDeadLetters } from '@tokenledger/collector';
import { pino } from 'pino';
import type { Command } from '../command.ts';
import { loadConfig } from '../config.ts';

export const replay: Command = {
  name: 'replay',
  summary: 'put dead letters back into the journal (stop the collector first); the next start stores them',
  async run(args, out) {
    const { config } = loadConfig({ args });
    const log = pino({ level: config.log_level });
    const { letters, records, spans } = await replayDeadLetters({ journalDir: join(config.data_dir, 'journal'), log });
    out(
      letters === 0
        ? 'there are no dead letters'
        : `back in the journal: ${String(spans)} spans in ${String(records)} requests, of ${String(letters)} dead letters; the next start stores them`,
    );
    return 0;
  },
};
