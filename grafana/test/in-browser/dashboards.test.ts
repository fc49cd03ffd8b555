/** The built viewer over the real query API in a real browser, on the history that the demo shows. */
import { formatUsd, parseUsd } from '@tokenledger/model';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DASHBOARDS } from '../../src/dashboards.ts';
import { collectProblems, settled, startBrowser } from '../browser.ts';
import { startSeededApi } from '../seeded-api.ts';
import { clickSpike } from '../click-spike.ts';
import { BLANK, CUT_NUMBERS, CUT_TITLES, FOCUSED, TOO_WIDE, UNEVEN_BARS } from '../looks.ts';
import { unreadable } from '../unreadable.ts';

const PATIENCE_MS = 60_000;

/** What a call is known by does not fit beside each other; the rest must. */
const WIDE_TABLES: Readonly<Record<string, readonly string[]>> = { 'tl-calls': ['Most expensive calls', 'Newest calls', 'Longest calls'] };

const dashboards = Object.values(DASHBOARDS).map((build) => {
  const { uid = '', title = '', panels = [] } = build();
  return { uid, title, titles: panels.flatMap((panel) => (panel.title ? [panel.title] : [])) };
});

describe('the viewer', () => {
  let api: Awaited<ReturnType<typeof startSeededApi>>;
  let browser: Browser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startSeededApi(), startBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await api.stop();
  });

  async function open(
    path: string,
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<{ readonly page: Page; readonly problems: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1600, height: 2600 }, locale: 'en-US', ...options });
    page.setDefaultTimeout(PATIENCE_MS);
    const problems = collectProblems(page);
    await page.goto(api.url + path);
    return { page, problems };
  }

  test.each(dashboards.filter(({ uid }) => !['tl-trace', 'tl-call'].includes(uid)))(
    'draws every panel of $title',
    async ({ uid, titles }) => {
      const { page, problems } = await open(`/d/${uid}`, { viewport: { width: 1440, height: 2600 } });
      await settled(page, titles.length);
      for (const title of titles) await page.getByRole('heading', { name: title, exact: true }).first().waitFor();
      expect(await page.locator('[data-testid="data-testid Panel status error"]').count()).toBe(0);
      expect(await page.locator('body').innerText()).not.toMatch(/No data|Panel plugin not found|draws no panels/);
      expect(await page.evaluate<string[]>(CUT_TITLES)).toEqual([]);
      expect(await page.evaluate<string[]>(BLANK)).toEqual([]);
      expect(await page.evaluate<string[]>(TOO_WIDE)).toEqual(WIDE_TABLES[uid] ?? []);
      expect(await page.evaluate<string[]>(UNEVEN_BARS)).toEqual([]);
      expect(await unreadable(page)).toEqual([]);
      await page.setViewportSize({ width: 1024, height: 2600 });
      await settled(page, titles.length);
      expect(await page.evaluate<string[]>(CUT_TITLES)).toEqual([]);
      expect(await page.evaluate<string[]>(TOO_WIDE)).toEqual(WIDE_TABLES[uid] ?? []);
      expect(problems).toEqual([]);
      await page.close();
    },
  );

  test.each(dashboards)('in the dark, on half a screen and on a phone: $title', async ({ uid, titles }) => {
    const one = await fetch(`${api.url}/v1/grafana/calls?limit=1&order_by=cost`).then((response) => response.json() as Promise<Rows>);
    const { trace_id = '', span_id = '' } = one.rows[0] ?? {};
    const { page, problems } = await open(
      `/d/${uid}?${new URLSearchParams({ 'var-trace_id': trace_id, 'var-span_id': span_id }).toString()}`,
      {
        viewport: { width: 1024, height: 2600 },
        colorScheme: 'dark',
      },
    );
    await settled(page, titles.length);
    expect(await page.evaluate<string[]>(CUT_TITLES)).toEqual([]);
    expect(await page.evaluate<string[]>(CUT_NUMBERS)).toEqual([]);
    expect(await page.evaluate<string[]>(BLANK)).toEqual([]);
    expect(await unreadable(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 2600 });
    await settled(page, 2);
    expect(await page.evaluate<string[]>(CUT_TITLES)).toEqual([]);
    expect(await page.evaluate<string[]>(CUT_NUMBERS)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await unreadable(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test.each([
    ['/d/tl-trace', 'Choose a trace: follow'],
    ['/d/tl-call', 'Choose a call: follow'],
  ])('%s of nothing says how something is chosen, not that nothing happened', async (path, says) => {
    const { page } = await open(path);
    await page.getByText(says).first().waitFor();
    expect(await page.locator('body').innerText()).not.toMatch(/in this time range/);
    await page.close();
  });

  test('Tab goes through all panels in their order, a table is one stop behind its header, and what has the focus is seen', async () => {
    const { page } = await open('/d/tl-overview', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
    await settled(page, 5);
    const stops: Stop[] = [];
    for (let stop: Stop | null | undefined; stop !== null && stops.length < 300;) {
      await page.keyboard.press('Tab');
      stop = await page.evaluate<Stop | null>(FOCUSED);
      if (stop) stops.push(stop);
    }
    expect(stops.filter(({ isSeen, isMarked }) => !isSeen || !isMarked)).toEqual([]);
    const passed = stops.map(({ panel }) => panel).filter((panel, index, all) => panel !== '' && panel !== all[index - 1]);
    expect(passed).toEqual(dashboards.find(({ uid }) => uid === 'tl-overview')?.titles);
    const table = stops.filter(({ panel }) => panel === 'Top features').map(({ what }) => what);
    expect(table.slice(2, -1)).toEqual(['Name', 'Cost', 'Share', 'Calls', 'Per call']);
    await page.close();
  });

  test('in a table arrows go from cell to cell, and Enter follows the link of a cell', async () => {
    const { page } = await open('/d/tl-overview?from=now-7d&to=now');
    await settled(page, 5);
    const panel = page.locator('section', { has: page.getByRole('heading', { name: 'Top features', exact: true }) });
    await panel.getByRole('button', { name: 'Per call' }).focus();
    for (const key of ['Tab', 'ArrowDown', 'Enter']) await page.keyboard.press(key, { delay: 50 });
    await page.waitForURL(/\/d\/tl-(calls|allocation)\?.*var-feature=[^$&]/);
    await page.close();
  });

  test('what a link has set is shown and can be cleared; what it has not takes no room', async () => {
    const { page } = await open('/d/tl-calls?var-status=error&var-agent=&from=now-7d&to=now');
    await settled(page, 5);
    const calls = page.locator('section', { has: page.getByRole('heading', { name: 'Calls', exact: true }) });
    const shown = async () => (await calls.innerText()).split('\n').at(-1);
    expect(await shown()).toBe('0');
    expect(await page.getByLabel('Agent', { exact: true }).count()).toBe(0);
    const status = page.getByLabel('Status', { exact: true });
    expect(await status.inputValue()).toBe('error');
    await status.fill('');
    await status.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('var-status') === '');
    await expect.poll(shown).not.toBe('0');
    await page.close();
  });

  test('a language that the browser makes up is no reason to show nothing', async () => {
    const page = await browser.newPage();
    await page.addInitScript("Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' })");
    const problems = collectProblems(page);
    await page.goto(`${api.url}/d/tl-trace`);
    await page.getByRole('heading', { level: 1, name: 'Trace' }).waitFor({ timeout: PATIENCE_MS });
    expect(problems).toEqual([]);
    await page.close();
  });

  test('panels that ask the same ask once', async () => {
    const { page } = await open('/d/tl-health');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await settled(page, 12);
    expect(asked.filter((path) => path === '/v1/grafana/books')).toHaveLength(1);
    expect(asked.filter((path) => path === '/v1/grafana/lag')).toHaveLength(1);
    await page.close();
  });

  test('the range of a panel of its own does not stand in the address', async () => {
    const { page } = await open('/d/tl-overview?from=now-2d&to=now');
    await settled(page, 5);
    expect(page.url()).not.toMatch(/from-2|now%2FM/);
    await page.close();
  });

  test('no panel waits until it is known what can be filtered by, and then it can be chosen', async () => {
    const { page } = await open('/d/tl-overview');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await settled(page, 5);
    await expect.poll(() => asked.filter((path) => path.endsWith('/dimension-values')).length).toBe(5);
    expect(asked.indexOf('/v1/grafana/timeseries')).toBeLessThan(asked.indexOf('/v1/grafana/dimension-values'));
    expect(asked.filter((path) => path === '/v1/grafana/movers')).toHaveLength(2);
    await page.getByRole('combobox', { name: /team/i }).or(page.locator('[data-testid*="team"] input')).first().click();
    await page
      .getByRole('option', { name: 'support' })
      .or(page.getByText('support', { exact: true }))
      .first()
      .waitFor();
    await page.close();
  });

  test('a filter in the address is a filter in every query', async () => {
    const { page } = await open('/d/tl-overview?var-team=support&from=now-2d&to=now');
    const asked: URL[] = [];
    page.on('request', (request) => asked.push(new URL(request.url())));
    await page.reload();
    await page.getByText('chat-assistant').first().waitFor();
    const queries = asked.filter(({ pathname }) => /\/(stat|table|timeseries)$/.test(pathname));
    expect(queries.length).toBeGreaterThan(6);
    for (const { searchParams } of queries) expect(searchParams.get('team')).toBe('["support"]');
    expect(await page.getByText('query-rewrite').count()).toBe(0);
    await page.close();
  });

  test('the newest calls come first', async () => {
    const { page } = await open('/d/tl-calls');
    const panel = page.locator('section', { has: page.getByRole('heading', { name: 'Newest calls', exact: true }) });
    const times = panel.locator('[role=row] [role=gridcell]:first-child').filter({ hasText: /^\d{4}-/ });
    await times.nth(5).waitFor();
    const shown = await times.allInnerTexts();
    expect(shown).toEqual(shown.toSorted().toReversed());
    expect(new Set(shown).size).toBeGreaterThan(3);
    await page.close();
  });

  test('the keyboard reaches another dashboard, and range and filters come along', async () => {
    const { page } = await open('/d/tl-overview?from=now-2d&to=now&var-team=support');
    const link = page.getByRole('navigation', { name: 'Dashboards' }).getByRole('link', { name: 'Overview', exact: true });
    await link.focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/d\/(?!tl-overview).*from=now-2d.*var-team=support/);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.goBack();
    await page.waitForURL(/\/d\/tl-overview/);
    await page.close();
  });

  test('a phone shows one panel beside no other, and a menu', async () => {
    const { page } = await open('/d/tl-overview', { viewport: { width: 390, height: 844 } });
    await page.locator('.react-grid-item section').nth(1).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    const lefts = await page
      .locator('.react-grid-item')
      .evaluateAll((items) => items.map((item) => Math.round(item.getBoundingClientRect().left)));
    expect(new Set(lefts).size).toBe(1);
    const rail = page.getByRole('navigation', { name: 'Dashboards' });
    expect(await rail.getByRole('link', { name: 'Overview', exact: true }).isVisible()).toBe(false);
    await rail.getByRole('button', { name: 'Overview' }).click();
    await rail.getByRole('link', { name: 'Overview', exact: true }).waitFor();
    await page.close();
  });

  test('colours are those of the system until the reader chooses others', async () => {
    const { page } = await open('/d/tl-overview', { colorScheme: 'light' });
    const brightness = () => page.evaluate<number>('Number(getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0])');
    await page.getByRole('button', { name: 'Dark colours' }).waitFor();
    expect(await brightness()).toBeGreaterThan(200);
    await page.getByRole('button', { name: 'Dark colours' }).click();
    await page.getByRole('button', { name: 'Light colours' }).waitFor();
    expect(await brightness()).toBeLessThan(60);
    await page.getByRole('link', { name: 'Ledger health', exact: true }).click();
    await settled(page, 12);
    expect(await unreadable(page)).toEqual([]);
    await page.close();
  });

  test('by keyboard alone from a spike to its calls, and back', async () => {
    const { page, problems } = await open('/d/tl-overview?from=now-7d&to=now&var-team=research');
    await settled(page, 5);
    const chart = page.getByRole('application', { name: /^Spend by model/ });
    await chart.focus();
    for (const key of ['Home', 'ArrowRight', 'ArrowLeft', 'Enter']) await page.keyboard.press(key, { delay: 100 });
    const link = page.getByRole('link', { name: 'Calls of this interval' });
    await link.waitFor();
    await expectFocused(link);
    await page.keyboard.press('Escape');
    await link.waitFor({ state: 'detached' });
    await expectFocused(chart);
    for (const key of ['End', 'Enter']) await page.keyboard.press(key, { delay: 100 });
    await link.waitFor();
    await expectFocused(link);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/d\/tl-calls\?.*var-team=research.*var-at=\d{4}-/);
    await settled(page, 5);
    const shown = new URL(page.url()).searchParams;
    expect(shown.get('from')).toBe('now-7d');

    // Whoever passes the address on shows the same.
    const other = await open(`/d/tl-calls?${shown.toString()}`);
    await settled(other.page, 5);
    const traces = (at: Page) => at.getByRole('link', { name: /^[0-9a-f]{32}$/ }).allInnerTexts();
    await expect.poll(async () => (await traces(other.page)).length).toBeGreaterThan(0);
    expect((await traces(other.page)).slice(0, 5)).toEqual((await traces(page)).slice(0, 5));
    await other.page.close();

    await page.goBack();
    await page.waitForURL(/\/d\/tl-overview\?.*var-team=research/);
    await page.goForward();
    await page.waitForURL(/\/d\/tl-calls\?.*var-at=\d{4}-/);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('a link shows what it says, whatever was chosen on an earlier visit', async () => {
    const { page } = await open('/d/tl-calls?var-user=nobody&var-at=1&from=now-7d&to=now');
    await page.getByRole('textbox', { name: 'User' }).or(page.locator('#var-user')).first().waitFor();
    const rail = page.getByRole('navigation', { name: 'Dashboards' });
    await rail.getByRole('link', { name: 'Overview', exact: true }).click();
    await page.waitForURL(/\/d\/tl-overview/);
    await settled(page, 5);
    await rail.getByRole('link', { name: 'Calls', exact: true }).click();
    await page.waitForURL(/\/d\/tl-calls/);
    await settled(page, 5);
    const state = new URL(page.url()).searchParams;
    expect([state.get('var-user'), state.get('var-at')]).toEqual(['', '']);
    await page.close();
  });

  test('from a call to why it costs that, in lines that add up to the last digit', async () => {
    const { page, problems } = await open('/d/tl-calls?from=now-7d&to=now');
    await settled(page, 5);
    await page.getByRole('link', { name: 'explain' }).first().click();
    await page.waitForURL(/\/d\/tl-call\?.*var-trace_id=[0-9a-f]{32}&var-span_id=[0-9a-f]{16}/);
    await settled(page, 7);
    const panel = (title: string) => page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) });
    const amounts = await panel('Bill').locator('[role=row] [role=gridcell]:nth-child(4)').filter({ hasText: '$' }).allInnerTexts();
    expect(amounts.length).toBeGreaterThan(1);
    const sum = amounts.reduce((total, amount) => total + (parseUsd(amount.slice(1)) ?? 0n), 0n);
    expect(await panel('Cost').innerText()).toContain(`$${formatUsd(sum)}`);
    expect(await panel('Bill').innerText()).toMatch(/gen_ai\.usage\.input_tokens = \d+/);
    expect(await panel('Rules').innerText()).toContain('dialect');
    expect(await panel('In the ledger').locator('[role=row]').count()).toBeGreaterThan(1);
    expect(await unreadable(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('from a spike to the call that caused it, and to its trace', async () => {
    const { page, problems } = await open('/d/tl-overview?from=now-7d&to=now');
    await settled(page, 5);
    await clickSpike(page, 'Spend by model', api.nowMs);
    await page.getByRole('link', { name: 'Calls of this interval' }).click();
    await page.waitForURL(/\/d\/tl-calls.*var-at=\d{4}-/);
    await settled(page, 5);
    await page
      .getByRole('link', { name: /^[0-9a-f]{32}$/ })
      .first()
      .click();
    await page.waitForURL(/\/d\/tl-trace.*[0-9a-f]{32}/);
    const tree = page.getByRole('treegrid', { name: 'Spans of the trace' });
    await tree.getByText('invoke_agent researcher').waitFor();
    const rows = tree.locator('[role=row][aria-level]');
    const all = await rows.count();
    await rows.first().focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => rows.count()).toBe(1);
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => rows.count()).toBe(all);
    await page.keyboard.press('Enter');
    await tree.getByText('market-research').first().waitFor();
    expect(await unreadable(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });
});

interface Rows {
  readonly rows: readonly { readonly trace_id: string; readonly span_id: string }[];
}

interface Stop {
  readonly what: string;
  readonly panel: string;
  readonly isSeen: boolean;
  readonly isMarked: boolean;
}

const expectFocused = (wanted: Locator) =>
  expect.poll(() => wanted.evaluate((element) => element === element.ownerDocument.activeElement), { timeout: PATIENCE_MS }).toBe(true);
