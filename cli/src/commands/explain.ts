import { z } from 'zod';
import { askApi } from '../ask-api.ts';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig } from '../config.ts';

const answerSchema = z.object({ rules: z.object({ text: z.array(z.string()) }).nullable() });

const USAGE = 'usage: tokenledger explain <trace id> <span id>';

export const explain: Command = {
  name: 'explain',
  summary: 'why a call costs what it costs',
  usage: USAGE,
  async run(args, out) {
    const { config, rest } = loadConfig({ args });
    const [traceId, spanId] = rest;
    if (!traceId || !spanId) throw new ConfigError([USAGE]);
    const { rules } = answerSchema.parse(
      await askApi(config, `/v1/calls/${encodeURIComponent(traceId)}/${encodeURIComponent(spanId)}/explain`),
    );
    if (!rules) throw new ConfigError(['the query API that answered runs without a collector, which holds the rules']);
    for (const line of rules.text) out(line);
    return 0;
  },
};
