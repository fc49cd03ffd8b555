import { storyUntil } from '@tokenledger/history';
import type { Page } from 'playwright-core';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Clicks into the chart where the hour with the runaway agent is, as the history tells it. */
export async function clickSpike(page: Page, title: string, nowMs: number): Promise<void> {
  const plot = page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) }).locator('.u-over');
  const box = await plot.boundingBox();
  if (!box) throw new Error(`${title} is not drawn`);
  const { runaway } = storyUntil(nowMs);
  const share = (runaway.fromMs + HOUR_MS - (nowMs - 7 * DAY_MS)) / (7 * DAY_MS);
  await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width * share + 1, box.y + box.height - 4);
  await page.mouse.click(box.x + box.width * share + 1, box.y + box.height - 4);
}
