/**
 * The pictures of README and docs: `npm run screenshots -- [name,name] [scale]`. A seeded history, the real query API, the built viewer, a real browser. Run
 * `npm run viewer` before.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { isViewerBuilt, settled, startBrowser } from '../grafana/test/browser.ts';
import { startSeededApi } from '../grafana/test/seeded-api.ts';

const OUT = join(import.meta.dirname, '../docs/images');

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly light?: boolean;
  /** What to do before it is taken. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const WIDTH = 1360;

const PICTURES: readonly Picture[] = [
  { name: 'overview', path: '/d/tl-overview', width: WIDTH, height: 1020 },
  { name: 'overview-light', path: '/d/tl-overview', width: WIDTH, height: 1020, light: true },
  { name: 'allocation', path: '/d/tl-allocation', width: WIDTH, height: 900 },
  { name: 'tokens', path: '/d/tl-tokens', width: WIDTH, height: 1020 },
  { name: 'prompts', path: '/d/tl-prompts', width: WIDTH, height: 900 },
  { name: 'golden-signals', path: '/d/tl-golden', width: WIDTH, height: 900 },
  { name: 'agents', path: '/d/tl-agents', width: WIDTH, height: 900 },
  { name: 'coding-agents', path: '/d/tl-coding', width: WIDTH, height: 900 },
  { name: 'phone', path: '/d/tl-overview', width: 390, height: 844 },
  { name: 'trace', path: '/d/tl-calls?var-agent=refunds&from=now-7d&to=now', width: WIDTH, height: 1180, prepare: openTrace },
];

async function openTrace(page: Page): Promise<void> {
  await page
    .getByRole('link', { name: /^[0-9a-f]{32}$/ })
    .first()
    .click();
  const tree = page.getByRole('treegrid', { name: 'Spans of the trace' });
  await tree.waitFor();
  await tree.getByText('chat gpt-5.4').first().click();
}

if (!isViewerBuilt) throw new Error('the viewer is not built: npm run viewer');
mkdirSync(OUT, { recursive: true });
const only = process.argv[2]?.split(',');
const [api, browser] = await Promise.all([startSeededApi({ scale: Number(process.argv[3] ?? 0.65) }), startBrowser()]);
for (const { name, path, width, height, light, prepare } of PICTURES.filter((picture) => only?.includes(picture.name) ?? true)) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: light ? 'light' : 'dark', locale: 'en-US' });
  page.setDefaultTimeout(120_000);
  await page.goto(api.url + path);
  await settled(page, 2, 120_000);
  await prepare?.(page);
  await settled(page, 2, 120_000);
  // Bars grow and letters come in.
  await page.waitForTimeout(2_500);
  await page.screenshot({ path: join(OUT, `${name}.png`), timeout: 120_000 });
  console.log(`docs/images/${name}.png`);
  await page.close();
}
await browser.close();
await api.stop();
