import { setTimeout as sleep } from 'node:timers/promises';
import { formatUsd, parseUsd } from '@tokenledger/model';
import { z } from 'zod';

/** A stored call is visible about a second after it was accepted; this is how long the demo looks for the last one. */
const PATIENCE_MS = 20_000;

const spendSchema = z.object({
  rows: z.array(
    z.object({ team: z.string(), model: z.string(), cost: z.string().nullable(), calls: z.number(), tokens: z.number().nullable() }),
  ),
});

type Spend = z.infer<typeof spendSchema>['rows'][number];

/** Asks until as many calls are stored as the simulator answered, or patience ends: then what is there is shown, with its own count. */
export async function spendOnceStored(apiUrl: string, from: number, expectedCalls: number): Promise<readonly Spend[]> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const query = new URLSearchParams({
      from: String(from),
      to: String(Date.now() + 60_000),
      interval: 'none',
      group_by: 'team,model',
      measures: 'cost,calls,tokens',
    });
    const answer = await fetch(`${apiUrl}/v1/spend?${query.toString()}`);
    if (!answer.ok) throw new Error(`GET /v1/spend answered ${String(answer.status)}: ${await answer.text()}`);
    const { rows } = spendSchema.parse(await answer.json());
    const stored = rows.reduce((sum, { calls }) => sum + calls, 0);
    if (stored >= expectedCalls || Date.now() > deadline) return rows;
  }
}

export function spendTable(rows: readonly Spend[]): readonly string[] {
  const known = rows.map(({ cost }) => parseUsd(cost ?? '0') ?? 0n);
  const total = known.reduce((sum, cost) => sum + cost, 0n);
  const sorted = rows.toSorted((a, b) => Number((parseUsd(b.cost ?? '0') ?? 0n) - (parseUsd(a.cost ?? '0') ?? 0n)));
  return [
    `${'team'.padEnd(12)} ${'model'.padEnd(30)} ${'calls'.padStart(6)} ${'tokens'.padStart(10)}  USD`,
    ...sorted.map(
      ({ team, model, calls, tokens, cost }) =>
        `${(team || '(none)').padEnd(12)} ${model.padEnd(30)} ${String(calls).padStart(6)} ${String(tokens ?? '?').padStart(10)}  ${cost ?? 'unpriced'}`,
    ),
    `${'total'.padEnd(43)} ${String(rows.reduce((sum, { calls }) => sum + calls, 0)).padStart(6)} ${''.padStart(10)}  ${formatUsd(total)}`,
  ];
}
