import { pino } from 'pino';
import type { Command } from '../command.ts';
import { loadConfig, maskedConfig } from '../config.ts';
import { startUp } from '../up.ts';
import { untilStopped } from '../until-stopped.ts';

export const up: Command = {
  name: 'up',
  summary: 'everything in one process: OTLP in, ledger, query API',
  async run(args, out) {
    const { config } = loadConfig({ args });
    const log = pino({ level: config.log_level });
    log.info(maskedConfig(config), 'starting');
    const running = await startUp(config, log);
    out(`OTLP    ${running.otlpUrl}  (OTLP/HTTP; apps send here by default)`);
    out(`API     ${running.apiUrl}/docs`);
    out(`Traces  ${running.jaegerUrl}  (Jaeger data source)`);
    out('ready');
    await untilStopped();
    await running.stop();
    return 0;
  },
};
