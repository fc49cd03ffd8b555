/**
 * What a tab holds that stays open: `npm run viewer && node bench/viewer-memory.ts [refreshes]`. Overview is refreshed again and again, and its heap is
 * measured after garbage collection; 180 refreshes are half an hour at ten seconds. Also what a first visit transfers.
 */
import { isViewerBuilt, settled, startBrowser } from '../grafana/test/browser.ts';
import { startSeededApi } from '../grafana/test/seeded-api.ts';

const REFRESHES = Number(process.argv[2] ?? 180);
const EVERY = Math.max(1, Math.round(REFRESHES / 6));
const PANELS = 15;
const PATIENCE_MS = 120_000;

if (!isViewerBuilt) throw new Error('the viewer is not built: npm run viewer');
const [api, browser] = await Promise.all([startSeededApi(), startBrowser()]);
const page = await browser.newPage({ viewport: { width: 1440, height: 1600 }, locale: 'en-US' });
const devtools = await page.context().newCDPSession(page);
for (const domain of ['Network', 'Performance', 'HeapProfiler'] as const) await devtools.send(`${domain}.enable`);
let transferred = 0;
let requests = 0;
devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
  transferred += encodedDataLength;
  // What the browser has already is not transferred.
  if (encodedDataLength > 0) requests += 1;
});

await page.goto(`${api.url}/d/tl-overview?refresh=`);
await settled(page, PANELS, PATIENCE_MS);
await page.waitForTimeout(2000);
console.log(`first visit: ${String(requests)} requests, ${String(Math.round(transferred / 1024))} KB`);
await report(0);
const [transferredAtFirst, requestsAtFirst] = [transferred, requests];
for (let done = 1; done <= REFRESHES; done++) {
  await page.getByTestId('data-testid RefreshPicker run button').click({ timeout: PATIENCE_MS });
  await page.waitForTimeout(400);
  await settled(page, PANELS, PATIENCE_MS);
  if (done % EVERY === 0) await report(done);
}
const perRefresh = (total: number) => String(Math.round(total / REFRESHES));
console.log(`a refresh: ${perRefresh(requests - requestsAtFirst)} requests, ${perRefresh((transferred - transferredAtFirst) / 1024)} KB`);
await browser.close();
await api.stop();

async function report(refreshes: number): Promise<void> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const valueOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  const heap = (valueOf('JSHeapUsedSize') / 1e6).toFixed(1);
  console.log(
    `after ${String(refreshes)} refreshes: ${heap} MB of heap, ${String(valueOf('Nodes'))} nodes, ${String(valueOf('JSEventListeners'))} listeners`,
  );
}
