/**
 * How long a reader waits for Overview: `npm run viewer && node bench/viewer.ts [rounds]`. Cold: a browser that was never
 * here; warm: the next visit, in a new tab. Seeded history, real query API, headless Chromium, all on this machine.
 */
import { isViewerBuilt, settled, startBrowser } from '../grafana/test/browser.ts';
import { startSeededApi } from '../grafana/test/seeded-api.ts';

const ROUNDS = Number(process.argv[2] ?? 3);
const PANELS = 15;
/** As text: the browser's globals are not this program's. */
const TIMES = `JSON.stringify({
  firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  requests: performance.getEntriesByType('resource').length,
})`;
const HAS_PANEL = "document.querySelector('.react-grid-item section canvas') !== null";

interface Visit {
  readonly firstPaintMs: number | null;
  readonly firstChartMs: number;
  readonly allPanelsMs: number;
  readonly requests: number;
}

if (!isViewerBuilt) throw new Error('the viewer is not built: npm run viewer');
const [api, browser] = await Promise.all([startSeededApi(), startBrowser()]);
for (let round = 0; round < ROUNDS; round++) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  for (const name of ['cold', 'warm'] as const) report(name, await visit());

  async function visit(): Promise<Visit> {
    const page = await context.newPage();
    const start = performance.now();
    await page.goto(`${api.url}/`, { waitUntil: 'commit' });
    while (!(await page.evaluate<boolean>(HAS_PANEL))) await new Promise((resolve) => setTimeout(resolve, 20));
    const firstChartMs = performance.now() - start;
    await settled(page, PANELS);
    const allPanelsMs = performance.now() - start;
    const told = JSON.parse(await page.evaluate<string>(TIMES)) as Pick<Visit, 'firstPaintMs' | 'requests'>;
    await page.close();
    return { ...told, firstChartMs, allPanelsMs };
  }
  await context.close();
}
await browser.close();
await api.stop();

function report(name: string, { firstPaintMs, firstChartMs, allPanelsMs, requests }: Visit): void {
  const seconds = (ms: number | null) => (ms === null ? '–' : `${(ms / 1000).toFixed(2)} s`);
  console.log(
    `${name}: first paint ${seconds(firstPaintMs)}, first chart ${seconds(firstChartMs)}, all panels ${seconds(allPanelsMs)}; ${String(requests)} requests`,
  );
}
