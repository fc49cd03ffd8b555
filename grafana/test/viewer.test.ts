/**
 * The built viewer over the real query API in a real browser. Skipped where the viewer is not built (its libraries are 450 MB, installed
 * only on demand).
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import chromiumBinary from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { startSeededApi } from './seeded-api.ts';

const isBuilt = existsSync(fileURLToPath(new URL('../viewer/dist/index.html', import.meta.url)));
/** As one process the browser ends with its first page. */
const ARGUMENTS = chromiumBinary.args.filter((argument) => argument !== '--single-process');
const PATIENCE_MS = 30_000;
vi.setConfig({ testTimeout: 90_000 });

describe.runIf(isBuilt)('the viewer', () => {
  let api: Awaited<ReturnType<typeof startSeededApi>>;
  let browser: Browser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([
      startSeededApi(),
      chromiumBinary.executablePath().then((executablePath) => chromium.launch({ executablePath, args: ARGUMENTS })),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await api.stop();
  });

  test.each(['dark', 'light'] as const)('draws every panel of the overview from the API, in %s, without an error', async (colorScheme) => {
    const page = await browser.newPage({ viewport: { width: 1600, height: 2000 }, colorScheme, locale: 'en-US' });
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(`${message.text()} ${message.location().url}`));
    await page.goto(api.url);
    const panels = DASHBOARDS['overview']?.().panels ?? [];
    for (const { title } of panels) await page.getByRole('heading', { name: title ?? '', exact: true }).waitFor({ timeout: PATIENCE_MS });
    await page.getByText('claude-sonnet-4-6').first().waitFor({ timeout: PATIENCE_MS });
    await page.getByText('chat-assistant').first().waitFor({ timeout: PATIENCE_MS });
    await page.locator('canvas').nth(3).waitFor({ timeout: PATIENCE_MS });
    const text = await page.locator('body').innerText();
    expect(text).toMatch(/Spend\n+\$\d/);
    expect(text).toMatch(/Unpriced calls\n+\d\.\d+\s*%/);
    expect(text).not.toMatch(/No data|Loading plugin|Panel plugin not found/);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('a filter in the address is a filter in every query', async () => {
    const page = await browser.newPage({ locale: 'en-US' });
    const asked: URL[] = [];
    page.on('request', (request) => asked.push(new URL(request.url())));
    await page.goto(`${api.url}/d/tl-overview?var-team=support&from=now-2d&to=now`);
    await page.getByText('chat-assistant').first().waitFor({ timeout: PATIENCE_MS });
    const queries = asked.filter(({ pathname }) => /\/(stat|table|timeseries)$/.test(pathname));
    expect(queries.length).toBeGreaterThan(8);
    for (const { searchParams } of queries) expect(searchParams.get('team')).toBe('["support"]');
    expect(await page.getByText('query-rewrite').count()).toBe(0);
    await page.close();
  });
});
