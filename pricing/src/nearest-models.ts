import type { PriceIndex } from './price-index.ts';
import { compareText } from './price-index.ts';

const LONGEST = 80;
const MOST = 3;

/** Models of this provider whose id resembles an unknown one: a hint for people, never a price. */
export function nearestModels(index: PriceIndex, providers: readonly string[], id: string): readonly string[] {
  const wanted = id.slice(0, LONGEST);
  const family = familyOf(wanted);
  const found = new Map<string, number>();
  for (const provider of providers) {
    for (const candidate of index.provider(provider).models.keys()) {
      if (familyOf(candidate) !== family || candidate.length > LONGEST) continue;
      const distance = editDistance(wanted, candidate);
      if (distance <= Math.max(4, wanted.length / 2)) found.set(candidate, Math.min(distance, found.get(candidate) ?? Infinity));
    }
  }
  return [...found]
    .sort(([a, left], [b, right]) => left - right || compareText(a, b))
    .slice(0, MOST)
    .map(([candidate]) => candidate);
}

/** `claude-sonnet-4-5` → `claude`, `us.anthropic.claude-…` → `us.anthropic.claude`: only relatives are worth comparing. */
function familyOf(id: string): string {
  return /^[^-\d:]*/.exec(id)?.[0] ?? '';
}

/** Levenshtein distance in one row. */
function editDistance(a: string, b: string): number {
  const row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = i - 1;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      const cost = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? diagonal : diagonal + 1;
      diagonal = above;
      row[j] = Math.min(cost, above + 1, (row[j - 1] ?? 0) + 1);
    }
  }
  return row[b.length] ?? 0;
}
