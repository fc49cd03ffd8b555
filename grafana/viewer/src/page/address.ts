import { locationService } from '@grafana/runtime';
import { useEffect, useState } from 'react';

export type Address = ReturnType<typeof locationService.getLocation>;

/** Where the reader is, as it changes: by the panels' own doing, by links, and by going back. */
export function useAddress(): Address {
  const [address, setAddress] = useState(() => locationService.getLocation());
  useEffect(() => locationService.getHistory().listen((next: Address) => setAddress(next)), []);
  return address;
}

/** Links between dashboards, wherever they stand, are followed without loading the page anew. */
export function followLinksHere(): void {
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href, location.href);
    const isDashboard = url.origin === location.origin && /^\/(?:d\/.*)?$/.test(url.pathname);
    if (!isDashboard || (url.pathname === location.pathname && url.hash !== '')) return;
    event.preventDefault();
    locationService.push(url.pathname + url.search);
    window.scrollTo(0, 0);
  });
}

/** The range and the filters that hold on every dashboard go along to the next one. */
export function searchFor(variables: readonly string[], search: string): string {
  const kept = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(search)) {
    const isFilter = name.startsWith('var-') && variables.includes(name.slice('var-'.length));
    if (isFilter || ['from', 'to', 'timezone'].includes(name)) kept.append(name, value);
  }
  return kept.size === 0 ? '' : `?${kept.toString()}`;
}
