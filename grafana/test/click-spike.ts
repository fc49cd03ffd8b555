import { storyUntil } from '@tokenledger/history';
import type { Page } from 'playwright-core';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A bar of a week's chart. */
const BAR_MS = 3 * HOUR_MS;

/** Clicks into the bar of the runaway agent, as the history tells it, half way up where no other bar reaches. */
export async function clickSpike(page: Page, title: string, nowMs: number): Promise<void> {
  const plot = page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) }).locator('.u-over');
  const box = await plot.boundingBox();
  if (!box) throw new Error(`${title} is not drawn`);
  const barMs = Math.floor((storyUntil(nowMs).runaway.fromMs + HOUR_MS) / BAR_MS) * BAR_MS;
  const x = box.x + (box.width * (barMs - (nowMs - 7 * DAY_MS))) / (7 * DAY_MS);
  const y = box.y + box.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.move(x + 1, y);
  await page.mouse.click(x + 1, y);
}
