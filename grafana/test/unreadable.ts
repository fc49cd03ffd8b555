import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** It comes with the viewer's libraries. */
const axe = () => readFileSync(createRequire(new URL('../viewer/package.json', import.meta.url)).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What WCAG 2.0 A and AA would not let pass, as axe-core judges it in the page as it is: contrast, names of controls, roles, order of headings.
 * Charts are drawn on a canvas, whose colours it does not see: `colours.ts` and `theme.ts` say which are drawn.
 */
export async function unreadable(page: Page): Promise<string[]> {
  await page.evaluate(axe());
  return page.evaluate<string[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ' ' + html.slice(0, 200) + ' ' + (any[0]?.message ?? ''))))`,
  );
}
