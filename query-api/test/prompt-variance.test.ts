/** How far the bills of the same prompt are apart: of all prompts, and by model. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startQueryApi, type QueryApi } from '../src/index.ts';
import { entryOf, optionsWith, startTestApi, type TestApi } from './test-api.ts';

const AT = Date.now() - 3_600_000;
const RANGE = `from=${AT - 60_000}&to=${AT + 60_000}`;
/** Nano-USD of the calls of each prompt, by model. */
const COSTS = { gpt: { steady: [500, 500], wild: [100, 900], once: [7] }, claude: { steady: [300, 500, 400] } };

let seeded: TestApi;
let api: QueryApi;
let asked = 0;
beforeAll(async () => {
  seeded = await startTestApi();
  const entries = Object.entries(COSTS).flatMap(([model, prompts]) =>
    Object.entries(prompts).flatMap(([promptFingerprint, costs]) =>
      costs.map((nano: number) => entryOf({ timeMs: AT, promptFingerprint, model, cost: BigInt(nano) * 1000n, charges: [] })),
    ),
  );
  await seeded.ledger.write({ token: 'seed', entries, steps: [] });
  const counted = (tenant: string) => {
    const reader = seeded.ledger.forTenant(tenant);
    return {
      ...reader,
      promptVariance: (query: Parameters<typeof reader.promptVariance>[0]) => {
        asked++;
        return reader.promptVariance(query);
      },
    };
  };
  api = await startQueryApi(optionsWith({ ledger: { ...seeded.ledger, forTenant: counted } }));
}, 60_000);
afterAll(async () => {
  await api?.stop();
  await seeded?.stop();
});

const rowsOf = async (more = '') => {
  const answer = await fetch(`${api.url}/v1/grafana/prompt-variance?${RANGE}${more}`);
  return ((await answer.json()) as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows;
};

test('what is said of all prompts follows from what is said of each model, and the ledger is asked once for both', async () => {
  const [all, models] = await Promise.all([rowsOf(), rowsOf('&group_by=model')]);
  expect(asked).toBe(1);
  const facts = { prompts: 4, repeated_prompts: 3, calls: 7 };
  // Squares around the means of prompts and around that of all seven calls.
  const share = 340_000 / (1_820_000 - 3200 ** 2 / 7);
  expect(all).toEqual([
    { group: 'all', ...facts, cost: '0.0000032', within_share: expect.closeTo(share, 9), between_share: expect.closeTo(1 - share, 9) },
  ]);
  expect(models.map(({ group, repeated_prompts: repeated }) => [group, repeated])).toEqual([
    ['gpt', 2],
    ['claude', 1],
  ]);
});

test('of no prompts nothing is known', async () => {
  expect(await rowsOf('&team=nobody')).toEqual([
    { group: 'all', prompts: 0, repeated_prompts: 0, calls: 0, cost: '0', within_share: null, between_share: null },
  ]);
});
