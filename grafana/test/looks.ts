/** As text: the browser's globals are not this program's. */
const inPanels = (found: string) =>
  `[...document.querySelectorAll('.react-grid-item section')].filter((panel) => ${found}).map((panel) => panel.querySelector('h2').textContent)`;
/** Titles of panels that do not fit. */
export const CUT_TITLES = inPanels("panel.querySelector('h2').scrollWidth > panel.querySelector('h2').clientWidth + 1");
export const BLANK = inPanels(
  "panel.querySelector('canvas, [role=grid]') === null && panel.innerText.trim() === panel.querySelector('h2').textContent",
);
export const TOO_WIDE = inPanels("[...panel.querySelectorAll('[role=grid]')].some((grid) => grid.scrollWidth > grid.clientWidth + 1)");
/** Numbers whose end is cut off, not sentences that begin with one: by letters, for a cell is said to fit that has half a pixel too little. */
export const CUT_NUMBERS = `[...document.querySelectorAll('.react-grid-item section [role=gridcell]')].filter((cell) => {
  if (!/^[-$≤]?[0-9]/.test(cell.innerText) || /[a-z] [a-z]/.test(cell.innerText) || cell.querySelector('*')) return false;
  const letters = document.createRange();
  letters.selectNodeContents(cell);
  const { paddingLeft, paddingRight, width } = getComputedStyle(cell);
  return letters.getBoundingClientRect().width > parseFloat(width) - parseFloat(paddingLeft) - parseFloat(paddingRight);
}).map((cell) => cell.innerText)`;

/** What has the focus: the panel it is in, whether it is seen at all, and whether it is seen to have it. A box of choices shows it around itself. */
export const FOCUSED = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return null;
  const { top, bottom, width } = element.getBoundingClientRect();
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  return {
    what: element.getAttribute('aria-label') ?? element.innerText ?? '',
    panel: element.closest('.react-grid-item section')?.querySelector('h2').textContent ?? '',
    isSeen: bottom > 0 && top < innerHeight && width > 0,
    isMarked: outlineStyle !== 'none' || boxShadow !== 'none' || element.getAttribute('role') === 'combobox',
  };
})()`;

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
