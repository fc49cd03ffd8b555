/** The bytes `from` to `to` are replaced by `insert`, or left out. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly insert?: Uint8Array;
}

/** Applies ascending, disjoint edits. Without any the same buffer is returned. */
export function applyEdits(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return bytes;
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { from, to, insert } of edits) {
    parts.push(bytes.subarray(at, from));
    if (insert) parts.push(insert);
    at = to;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}
