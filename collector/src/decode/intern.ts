import { areSameWords, copyWords, hashOf, type Viewed, wordsOf } from './same-bytes.ts';

/**
 * Attribute keys, model names and providers repeat in every span. A direct-mapped table of fixed size gives the same string
 * object again without decoding it: memory is bounded whatever a sender invents, a collision costs one decoding.
 */
export interface Interner {
  text(message: Viewed, start: number, end: number): string;
}

const SLOTS = 4096;
/** Longer texts are ids and contents: they do not repeat. */
const LONGEST = 48;
const WORDS = wordsOf(LONGEST);

export function createInterner(): Interner {
  const texts: string[] = Array.from({ length: SLOTS }, () => '');
  const lengths = new Uint8Array(SLOTS);
  const words = new Int32Array(SLOTS * WORDS);
  return {
    text(message, start, end) {
      const length = end - start;
      if (length > LONGEST) return message.bytes.toString('utf8', start, end);
      const slot = hashOf(message, start, end) & (SLOTS - 1);
      if (lengths[slot] === length && areSameWords(words, slot * WORDS, message, start, end)) return texts[slot] ?? '';
      const text = message.bytes.toString('utf8', start, end);
      texts[slot] = text;
      lengths[slot] = length;
      copyWords(words, slot * WORDS, message, start, end);
      return text;
    },
  };
}
