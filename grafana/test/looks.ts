/** As text: the browser's globals are not this program's. */
const inPanels = (found: string) =>
  `[...document.querySelectorAll('.react-grid-item section')].filter((panel) => ${found}).map((panel) => panel.querySelector('h2').textContent)`;
/** Titles of panels that do not fit. */
export const CUT_TITLES = inPanels("panel.querySelector('h2').scrollWidth > panel.querySelector('h2').clientWidth + 1");
export const BLANK = inPanels(
  "panel.querySelector('canvas, [role=grid]') === null && panel.innerText.trim() === panel.querySelector('h2').textContent",
);
export const TOO_WIDE = inPanels("[...panel.querySelectorAll('[role=grid]')].some((grid) => grid.scrollWidth > grid.clientWidth + 1)");

/** Money beside a bar, of all tables: the longest bar is the largest amount's, and every other is as much shorter as it is smaller. */
export const UNEVEN_BARS = `[...document.querySelectorAll('[role=grid]')].flatMap((grid) => {
  const bars = [...grid.querySelectorAll('[role=gridcell]')].flatMap((cell) => {
    const bar = [...cell.querySelectorAll('div')].find(({ style }) => /^[0-9.]+px$/.test(style.width) && style.borderRight !== '');
    return bar && /^\\$[0-9.]+$/.test(cell.innerText) ? [{ column: cell.ariaColIndex, text: cell.innerText, usd: Number(cell.innerText.slice(1)), px: bar.getBoundingClientRect().width }] : [];
  });
  return bars.filter(({ column, usd, px }) => {
    const ofColumn = bars.filter((other) => other.column === column);
    const most = ofColumn.reduce((a, b) => (a.usd >= b.usd ? a : b));
    return Math.abs(px - (most.px * usd) / most.usd) > 3;
  }).map(({ text, px }) => text + ' is ' + Math.round(px) + ' px');
})`;
