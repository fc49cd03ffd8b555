/**
 * Attribute keys, model names and providers repeat in every span. A direct-mapped table of fixed size gives the same string
 * object again without decoding it: memory is bounded whatever a sender invents, a collision costs one decoding.
 */
export interface Interner {
  text(bytes: Buffer, start: number, end: number): string;
}

const SLOTS = 4096;
/** Longer texts are ids and contents: they do not repeat. */
const LONGEST = 48;

export function createInterner(): Interner {
  const texts: (string | undefined)[] = Array.from({ length: SLOTS });
  return {
    text(bytes, start, end) {
      const length = end - start;
      if (length > LONGEST) return bytes.toString('utf8', start, end);
      let hash = length;
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
      const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
      const known = texts[slot];
      if (known !== undefined && isAscii(known, bytes, start, length)) return known;
      const text = bytes.toString('utf8', start, end);
      texts[slot] = text;
      return text;
    },
  };
}

/** True when the text is these bytes; a text with other than ASCII characters is never found equal, and so decoded anew. */
function isAscii(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f || code !== bytes[start + index]) return false;
  }
  return true;
}
