import type { KeyboardEvent } from 'react';

/**
 * Keys of a table as ARIA has them for grids: behind its header it is one stop of Tab, arrows go from cell to cell, Enter follows the link of a cell.
 * The table's own Tab goes through all cells of all rows, and none of its keys reaches a link.
 */
export function onGridKey(event: KeyboardEvent<HTMLElement>): void {
  const { key, target, currentTarget } = event;
  if (!(target instanceof Element) || !target.closest('[role=gridcell]')) return;
  if (key === 'Tab') {
    for (const link of currentTarget.querySelectorAll<HTMLElement>('[role=gridcell] a')) link.tabIndex = -1;
    // The browser's own Tab goes on behind the table.
    event.stopPropagation();
  }
  if (key === 'Enter' && target.matches('[role=gridcell]')) target.querySelector('a')?.click();
}
