/** A message, and a view of the same bytes. */
export interface Viewed {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/*
 * Bytes are compared four at a time, which is several times faster than one by one. So many bytes are kept as words, one after another, the last of
 * which are the last four bytes: some of them may be in the word before, too. Fewer than four bytes are one word, as if followed by zeros.
 */
const WORD = 4;
const PRIME = 0x01000193;

export const wordsOf = (length: number): number => Math.max(1, Math.ceil(length / WORD));

export function copyWords(words: Int32Array, start: number, message: Viewed, from: number, to: number): void {
  const lastAt = to - WORD;
  let word = start;
  for (let at = from; at < lastAt; at += WORD) words[word++] = message.view.getInt32(at, true);
  words[word] = lastWord(message, from, to);
}

/** Whether these are the words from `start` on of as many bytes. */
export function areSameWords(words: Int32Array, start: number, message: Viewed, from: number, to: number): boolean {
  const { view } = message;
  const lastAt = to - WORD;
  let word = start;
  for (let at = from; at < lastAt; at += WORD) if (words[word++] !== view.getInt32(at, true)) return false;
  return words[word] === lastWord(message, from, to);
}

/** A number for bytes: others have mostly another. */
export function hashOf(message: Viewed, from: number, to: number): number {
  const { view } = message;
  const lastAt = to - WORD;
  let hash = to - from;
  for (let at = from; at < lastAt; at += WORD) hash = mix(hash, view.getInt32(at, true));
  return mix(hash, lastWord(message, from, to));
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, PRIME);
  return mixed ^ (mixed >>> 15);
}

function lastWord({ bytes, view }: Viewed, from: number, to: number): number {
  if (to - from >= WORD) return view.getInt32(to - WORD, true);
  let word = 0;
  for (let at = to - 1; at >= from; at--) word = (word << 8) | (bytes[at] ?? 0);
  return word;
}
