/** What a reader meets who has the wrong key, whose server stops, who wants nothing to move, and whose teams have odd names. */
import { createKeyRing, generateApiKey } from '@tokenledger/model';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { entryOf, startTestApi, type TestApi } from '../../../query-api/test/test-api.ts';
import { viewerRoutes } from '../../src/index.ts';
import { collectProblems, settled, startBrowser } from '../browser.ts';
import { unreadable } from '../unreadable.ts';

const PATIENCE_MS = 90_000;
const TEAMS = ['All', '*', '(none)', '${team}', 'a,b & "c"', '{x}', '検索チーム', '<b>bold</b>'];
const LONG_MODEL = `ft:${'very-long-name-of-a-model-'.repeat(8)}v1`;

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

async function start(options: Parameters<typeof startTestApi>[0] = {}): Promise<TestApi> {
  const api = await startTestApi({ site: viewerRoutes(), ...options });
  const entries = TEAMS.map((team, index) =>
    entryOf({ team, user: team, model: index === 0 ? LONG_MODEL : 'gpt-4o', cost: BigInt(index + 1) * 1_000_000_000n }),
  );
  await api.ledger.write({ token: 'seed', entries, steps: [] });
  return api;
}

async function open(url: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 2600 }, locale: 'en-US', ...options });
  page.setDefaultTimeout(PATIENCE_MS);
  onTestFinished(() => page.close());
  await page.goto(url);
  return page;
}

test('whatever a team is called, its row leads to its calls and to no others, and nothing of it is taken for markup', async () => {
  const api = await start();
  onTestFinished(() => api.stop());
  const page = await open(`${api.url}/d/tl-allocation`);
  const problems = collectProblems(page);
  await settled(page, 8);
  expect(await page.locator('section b').count()).toBe(0);
  const table = page.locator('section', { has: page.getByRole('heading', { name: 'By team', exact: true }) });
  const links = table.getByRole('link');
  const shown = await links.allInnerTexts();
  expect(new Set(shown)).toEqual(new Set(['"All"', '"*"', '"(none)"', '"${team}"', 'a,b & "c"', '{x}', '検索チーム', '<b>bold</b>']));
  for (const name of ['"All"', 'a,b & "c"', '検索チーム']) {
    const href = (await links.filter({ hasText: name }).first().getAttribute('href')) ?? '';
    const asked = page.waitForRequest((request) => request.url().includes('/v1/grafana/stat'));
    await page.goto(api.url + href);
    expect(new URL((await asked).url()).searchParams.get('team')).toBe(JSON.stringify([name]));
    await settled(page, 6);
    const tile = page.locator('section', { has: page.getByRole('heading', { name: 'Calls', exact: true }) });
    expect((await tile.innerText()).split('\n').at(-1)).toBe('1');
    await page.goBack();
    await settled(page, 8);
  }
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1440);
  expect(problems).toEqual([]);
});

test('a key that is for something else is told so, and another can be given', async () => {
  const made = [generateApiKey('ingest', 'default'), generateApiKey('query', 'default')] as const;
  const api = await start({ keys: createKeyRing(made.map(({ stored }) => stored)) });
  onTestFinished(() => api.stop());
  const page = await open(`${api.url}/d/tl-overview`);
  await page.getByLabel('Query key').fill(made[0].key);
  expect(await page.getByText('That key does not open it').count()).toBe(0);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('That key does not open it').waitFor();
  expect(await unreadable(page)).toEqual([]);
  await page.getByLabel('Query key').fill(made[1].key);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

test('a question that is refused is answered by the reason, in bars as in tables and charts', async () => {
  const api = await start();
  onTestFinished(() => api.stop());
  const tooMany = new URLSearchParams(Array.from({ length: 501 }, (_, index): [string, string] => ['var-team', `team-${String(index)}`]));
  const page = await open(`${api.url}/d/tl-overview?${tooMany.toString()}`);
  await settled(page, 8);
  for (const title of ['Spend by model', 'Spend by team', 'Top features']) {
    const panel = page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) });
    expect(await panel.innerText()).toContain('team: has 501 values: at most 500 are looked for');
  }
});

test('a server that stops is said in every panel, what was shown stays, and nothing moves for who does not want it', async () => {
  const api = await start();
  const page = await open(`${api.url}/d/tl-overview`, { reducedMotion: 'reduce' });
  await settled(page, 8);
  const moving = await page.evaluate<string[]>(
    `[...document.querySelectorAll('*')].filter((each) => { const { transitionDuration, animationDuration } = getComputedStyle(each);
      return [...transitionDuration.split(','), ...animationDuration.split(',')].some((time) => parseFloat(time) > 0.001); }).map((each) => each.className)`,
  );
  expect(moving).toEqual([]);
  const spend = page.locator('section', { has: page.getByRole('heading', { name: 'Spend', exact: true }) });
  const before = await spend.innerText();
  await api.stop();
  await page.getByRole('button', { name: 'Refresh' }).first().click();
  const failed = page.locator('[data-testid="data-testid Panel status error"]');
  await failed.nth(5).waitFor();
  await failed.first().hover();
  await page.getByText('The query API does not answer').first().waitFor();
  expect(await spend.innerText()).toBe(before);
});
