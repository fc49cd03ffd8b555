import { pino } from 'pino';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig, maskedConfig } from '../config.ts';
import { type Part, PARTS, startParts } from '../start-parts.ts';
import { untilStopped } from '../until-stopped.ts';

export const up = serve('up', 'everything in one process: OTLP in, ledger, query API', PARTS);
export const collector = serve('collector', 'only OTLP in; needs a ClickHouse server', ['collector']);
export const alerts = serve('alerts', 'only rules and webhooks; needs a ClickHouse server', ['alerts']);
export const queryApi = serve('query-api', 'only the query API; needs a ClickHouse server', ['query-api']);

/** Runs a part, and those named after it: `query-api alerts` runs both in one process. */
function serve(name: string, summary: string, first: readonly Part[]): Command {
  return {
    name,
    summary,
    usage: `usage: tokenledger ${name} [settings]${first.length < PARTS.length ? `\n       tokenledger ${name} ${PARTS.find((part) => part !== name) ?? ''} …  several parts in one process` : ''}`,
    async run(args, out) {
      const { config, rest } = loadConfig({ args });
      const parts = [...new Set([...first, ...rest.map(partOf)])];
      const log = pino({ level: config.log_level });
      log.info(maskedConfig(config), 'starting');
      const { urls, viewer, failed, stop } = await startParts(config, log, parts);
      if (urls.otlp) out(`OTLP    ${urls.otlp}  (OTLP/HTTP; apps send here by default)`);
      if (urls.grpc) out(`gRPC    ${urls.grpc}  (OTLP/gRPC)`);
      if (urls.api) out(`API     ${urls.api}/  (dashboards; /docs for the API)`);
      if (urls.jaeger) out(`Traces  ${urls.jaeger}  (Jaeger data source)`);
      const progress = viewer.progress();
      if (progress) out(`        ${progress}: the page says when they are there`);
      out('ready');
      try {
        await Promise.race([untilStopped(), failed]);
      } finally {
        await stop();
      }
      return 0;
    },
  };
}

function partOf(word: string): Part {
  const part = PARTS.find((name) => name === word);
  if (!part) throw new ConfigError([`there is no part ${word}; there are ${PARTS.join(', ')}`]);
  return part;
}
