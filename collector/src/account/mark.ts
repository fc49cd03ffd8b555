import type { TenantId } from '@tokenledger/model';

/** Two numbers of 32 bits that stand for a key. Others have the same once in 2⁶⁴ times. */
export interface Mark {
  readonly place: number;
  /** Never 0. */
  readonly fingerprint: number;
}

export function markOf(space: string, key: string): Mark {
  return { place: hash(key, hash(space, 0x9e3779b9)), fingerprint: hash(key, hash(space, 0x85ebca6b)) || 1 };
}

export const markOfResponse = (tenant: TenantId, responseId: string): Mark => markOf(`${tenant}/response`, responseId);

/** The same, asked for one key several times in a row. */
export function rememberLast(mark: typeof markOf): typeof markOf {
  let lastSpace: string | undefined;
  let lastKey: string | undefined;
  let last: Mark = { place: 0, fingerprint: 0 };
  return (space, key) => {
    if (key !== lastKey || space !== lastSpace) last = mark(space, key);
    lastSpace = space;
    lastKey = key;
    return last;
  };
}

function hash(text: string, seed: number): number {
  let state = seed ^ text.length;
  for (let index = 0; index < text.length; index++) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193) ^ (state >>> 15);
  state = Math.imul(state ^ (state >>> 16), 0x7feb352d);
  state = Math.imul(state ^ (state >>> 15), 0x846ca68b);
  return state ^ (state >>> 16);
}
