import type { PriceIndex } from './price-index.ts';
import { compareText } from './price-index.ts';

const LONGEST = 80;
const MOST = 3;
/** `gtp-5` is two edits from `gpt-5`; further away another family is no hint. */
const MISTYPED = 2;

/** Models of these providers whose id resembles an unknown one: a hint for people, never a price. */
export function nearestModels(index: PriceIndex, providers: readonly string[], id: string): readonly string[] {
  const wanted = id.slice(0, LONGEST);
  const family = familyOf(wanted);
  const limit = Math.max(4, wanted.length / 3);
  const found = new Map<string, number>();
  for (const provider of providers) {
    for (const candidate of index.provider(provider).models.keys()) {
      if (candidate.length > LONGEST) continue;
      const most = familyOf(candidate) === family ? limit : MISTYPED;
      const distance = editDistance(wanted, candidate, most);
      if (distance <= most) found.set(candidate, Math.min(distance, found.get(candidate) ?? Infinity));
    }
  }
  return [...found]
    .sort(([a, left], [b, right]) => left - right || compareText(a, b))
    .slice(0, MOST)
    .map(([candidate]) => candidate);
}

/** `claude-sonnet-4-5` → `claude`, `us.anthropic.claude-…` → `us.anthropic.claude`: only relatives are worth comparing. */
function familyOf(id: string): string {
  let end = 0;
  while (end < id.length && !'-:0123456789'.includes(id.charAt(end))) end++;
  return id.slice(0, end);
}

const row = new Uint16Array(LONGEST + 1);

/** Levenshtein distance in one row; given up as soon as it must exceed the limit. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  for (let j = 0; j <= b.length; j++) row[j] = j;
  for (let i = 1; i <= a.length; i++) {
    let diagonal = i - 1;
    let least = i;
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] ?? 0;
      const cost = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? diagonal : diagonal + 1;
      diagonal = above;
      const distance = Math.min(cost, above + 1, (row[j - 1] ?? 0) + 1);
      row[j] = distance;
      if (distance < least) least = distance;
    }
    if (least > limit) return Infinity;
  }
  return row[b.length] ?? 0;
}
