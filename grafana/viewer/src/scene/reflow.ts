export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Placed {
  readonly type: string;
  readonly gridPos: Place;
}

const COLUMNS = 24;
/** A tile that is narrower than this has no room for its title on half a screen. */
const TILE = 6;

/** On a screen of half the width a table has no other beside it, and three tiles stand where six did. */
function leastWidth({ type, gridPos: { w } }: Placed): number {
  switch (type) {
    case 'table':
      return COLUMNS;
    case 'stat':
      return w < TILE ? 2 * w : w;
    default:
      return w;
  }
}

/** Places of panels in their order, in rows that are as wide as the grid. */
export function reflow(panels: readonly Placed[]): readonly Place[] {
  const rows: Place[][] = [];
  for (const panel of panels) {
    const row = rows.at(-1);
    const before = row?.at(-1);
    const x = before ? before.x + before.w : COLUMNS;
    const place = { ...panel.gridPos, w: leastWidth(panel) };
    if (row && x + place.w <= COLUMNS) row.push({ ...place, x });
    else rows.push([{ ...place, x: 0 }]);
  }
  let top = 0;
  return rows.flatMap((row) => {
    const y = top;
    top += Math.max(...row.map(({ h }) => h));
    return row.map((place, index) => ({ ...place, y, w: index === row.length - 1 ? COLUMNS - place.x : place.w }));
  });
}
