/** Equal as the ledger stores it: the order of keys and absent fields do not matter. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const one = left as Readonly<Record<string, unknown>>;
  const other = right as Readonly<Record<string, unknown>>;
  for (const key in one) if (!isSame(one[key], other[key])) return false;
  for (const key in other) if (!Object.hasOwn(one, key) && !isSame(one[key], other[key])) return false;
  return true;
}
