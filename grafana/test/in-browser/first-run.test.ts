/** `tokenledger up` on an empty data directory, as a new user meets it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startTokenledger } from '../../../test/e2e/tokenledger-process.ts';
import { collectProblems, startBrowser } from '../browser.ts';

const PATIENCE_MS = 90_000;

test('the page that waits for the first call shows it, without being loaded again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenledger-first-run-'));
  const [tokenledger, browser] = await Promise.all([startTokenledger(folder), startBrowser()]);
  onTestFinished(async () => {
    await browser.close();
    await tokenledger.stop();
    await rm(folder, { recursive: true });
  });
  const page = await browser.newPage({ locale: 'en-US', viewport: { width: 1440, height: 1800 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const problems = collectProblems(page);
  await page.goto(`${tokenledger.apiUrl}/`);
  await page.getByRole('heading', { name: 'Waiting for the first call' }).waitFor();
  await page.evaluate('window.isTheSamePage = true');

  // What the page says to run, as it says it; only the port is another here.
  const shown = await page.locator('pre', { hasText: 'curl ' }).innerText();
  await promisify(execFile)('bash', ['-c', shown.replace(/http:\/\/[\w.]+:4318/, tokenledger.otlpUrl)]);

  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.getByText('gpt-5-mini').first().waitFor();
  expect(await page.evaluate('window.isTheSamePage')).toBe(true);
  expect(problems).toEqual([]);
});
