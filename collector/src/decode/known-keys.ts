import { isContentAttribute } from './content.ts';

/** An attribute's name, as bytes and as what we make of them. */
export interface KnownKey {
  readonly text: string;
  readonly bytes: Uint8Array;
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
  after(previous: KnownKey, bytes: Buffer, from: number, to: number): KnownKey;
}

const SLOTS = 4096;

export function createKnownKeys(): KnownKeys {
  const keys: (KnownKey | undefined)[] = Array.from({ length: SLOTS });
  return {
    start: { text: '', bytes: new Uint8Array(0), isContent: false, next: undefined },
    after(previous, bytes, from, to) {
      const expected = previous.next;
      if (expected !== undefined && isSame(expected.bytes, bytes, from, to)) return expected;
      const slot = slotOf(bytes, from, to);
      const known = keys[slot];
      const key = known !== undefined && isSame(known.bytes, bytes, from, to) ? known : (keys[slot] = toKey(bytes, from, to));
      previous.next = key;
      return key;
    },
  };
}

function toKey(bytes: Buffer, from: number, to: number): KnownKey {
  const text = bytes.toString('utf8', from, to);
  return { text, bytes: new Uint8Array(bytes.subarray(from, to)), isContent: isContentAttribute(text), next: undefined };
}

function isSame(known: Uint8Array, bytes: Buffer, from: number, to: number): boolean {
  const { length } = known;
  if (length !== to - from) return false;
  for (let index = 0; index < length; index++) if (known[index] !== bytes[from + index]) return false;
  return true;
}

function slotOf(bytes: Buffer, from: number, to: number): number {
  let hash = to - from;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}
