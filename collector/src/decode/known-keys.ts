import { isContentAttribute } from '@tokenledger/model/content-attribute';
import { areSameWords, copyWords, hashOf, type Viewed, wordsOf } from './same-bytes.ts';

/** An attribute's name, as bytes and as what we make of them. */
export interface KnownKey {
  readonly text: string;
  /** So many bytes, and their words (same-bytes.ts). */
  readonly length: number;
  readonly words: Int32Array;
  readonly isContent: boolean;
  /** Which name followed it last time: emitters write attributes in one order. */
  next: KnownKey | undefined;
}

/**
 * The names of attributes, found by their bytes: mostly where they are expected, else in a table of fixed size, whatever a sender invents.
 */
export interface KnownKeys {
  /** Before the first attribute of a span. */
  readonly start: KnownKey;
  after(previous: KnownKey, message: Viewed, from: number, to: number): KnownKey;
}

const SLOTS = 4096;

export function createKnownKeys(): KnownKeys {
  const keys: (KnownKey | undefined)[] = Array.from({ length: SLOTS });
  return {
    start: { text: '', length: 0, words: new Int32Array(1), isContent: false, next: undefined },
    after(previous, message, from, to) {
      const expected = previous.next;
      if (expected !== undefined && isKey(expected, message, from, to)) return expected;
      const slot = hashOf(message, from, to) & (SLOTS - 1);
      const known = keys[slot];
      const key = known !== undefined && isKey(known, message, from, to) ? known : (keys[slot] = toKey(message, from, to));
      previous.next = key;
      return key;
    },
  };
}

function toKey(message: Viewed, from: number, to: number): KnownKey {
  const text = message.bytes.toString('utf8', from, to);
  const length = to - from;
  const words = new Int32Array(wordsOf(length));
  copyWords(words, 0, message, from, to);
  return { text, length, words, isContent: isContentAttribute(text), next: undefined };
}

const isKey = ({ length, words }: KnownKey, message: Viewed, from: number, to: number): boolean =>
  length === to - from && areSameWords(words, 0, message, from, to);
