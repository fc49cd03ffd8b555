import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { askApi } from '../ask-api.ts';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig } from '../config.ts';

const FLAGS = { from: { type: 'string' }, to: { type: 'string' }, 'dry-run': { type: 'boolean' } } as const;
const USAGE = `usage: tokenledger reprice --from <time> [--to <time>] [--dry-run]
  <time> is a date or RFC 3339. A server with keys wants an admin key.`;
const POLL_MS = 500;

const statusSchema = z.object({
  state: z.enum(['running', 'interrupted', 'done', 'failed']),
  dry_run: z.boolean(),
  calls_seen: z.number(),
  calls_changed: z.number(),
  difference_usd: z.string(),
  differences: z.array(
    z.object({
      tenant: z.string(),
      model: z.string(),
      calls: z.number(),
      newly_priced: z.number(),
      newly_unpriced: z.number(),
      before_usd: z.string(),
      after_usd: z.string(),
      difference_usd: z.string(),
    }),
  ),
  problem: z.string().optional(),
});
type Status = z.infer<typeof statusSchema>;

export const reprice: Command = {
  name: 'reprice',
  summary: 'price stored calls again, at the prices of now',
  usage: USAGE,
  async run(args, out) {
    const { config, flags, rest } = loadConfig({ args, flags: FLAGS });
    if (flags.from === undefined || rest.length > 0) throw new ConfigError([USAGE]);
    const body = { from: flags.from, to: flags.to ?? new Date().toISOString(), dry_run: flags['dry-run'] ?? false };
    let status = statusSchema.parse(await askApi(config, '/v1/reprice', { method: 'POST', body }));
    while (status.state === 'running') {
      await sleep(POLL_MS);
      status = statusSchema.parse(await askApi(config, '/v1/reprice'));
    }
    for (const line of report(status)) out(line);
    return status.state === 'done' ? 0 : 1;
  },
};

function report(status: Status): readonly string[] {
  const { state, dry_run: isDry, calls_seen: seen, calls_changed: changed, difference_usd: total, differences, problem } = status;
  const verb = isDry ? 'would change' : 'changed';
  const end = `${String(changed)} of ${String(seen)} calls ${verb}: ${signed(total)} USD`;
  if (state === 'failed') return [`failed: ${problem ?? 'the log of the server says why'}`, end];
  if (state === 'interrupted') return ['the server is stopping; it goes on with its next start', end];
  const rows = differences.map(({ tenant, model, calls, before_usd: before, after_usd: after, difference_usd: difference, ...news }) =>
    row(tenant, model, String(calls), before, after, signed(difference), newsOf(news)),
  );
  return differences.length === 0 ? [end] : [row('tenant', 'model', 'calls', 'before USD', 'after USD', 'difference', ''), ...rows, end];
}

function row(tenant: string, model: string, calls: string, before: string, after: string, difference: string, news: string): string {
  const numbers = [calls.padStart(8), before.padStart(18), after.padStart(18), difference.padStart(18)].join(' ');
  return `${tenant.padEnd(12)} ${model.padEnd(32)} ${numbers} ${news}`.trimEnd();
}

function newsOf({ newly_priced: priced, newly_unpriced: unpriced }: { newly_priced: number; newly_unpriced: number }): string {
  return [priced > 0 && `${String(priced)} had no price`, unpriced > 0 && `${String(unpriced)} have none now`].filter(Boolean).join(', ');
}

const signed = (usd: string) => (usd.startsWith('-') || usd === '0' ? usd : `+${usd}`);
