import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import chromiumBinary from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

/** The viewer's libraries are 450 MB, installed only on demand. */
export const isViewerBuilt = existsSync(fileURLToPath(new URL('../viewer/dist/index.html', import.meta.url)));

/** As one process the browser ends with its first page; a graphics card made of software draws three times as much as none. */
const UNWANTED = /single-process|in-process-gpu|ignore-gpu|swiftshader|use-gl/;
const ARGUMENTS = [...chromiumBinary.args.filter((argument) => !UNWANTED.test(argument)), '--disable-gpu'];

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await chromiumBinary.executablePath(), args: ARGUMENTS });
}

/** What a reader would see of errors and warnings: thrown, logged, or answered by the API. */
export function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => /^(error|warning)$/.test(message.type()) && problems.push(`${message.text()} ${message.location().url}`));
  return problems;
}

/** As text: the browser's globals are not this program's. */
const isSettled = (panels: number) =>
  `document.querySelectorAll('.react-grid-item section').length >= ${String(panels)}
    && document.querySelector('[aria-label="Panel loading bar"]') === null`;

/** Until every panel is there and none is loading. The page's policy forbids to wait inside of it. */
export async function settled(page: Page, panels: number, patienceMs = 90_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let inARow = 0; inARow < 3;) {
    if (Date.now() > deadline)
      throw new Error(`not all of ${String(panels)} panels are drawn after ${String(patienceMs)} ms: ${page.url()}`);
    inARow = (await page.evaluate<boolean>(isSettled(panels))) ? inARow + 1 : 0;
    await sleep(250);
  }
}
