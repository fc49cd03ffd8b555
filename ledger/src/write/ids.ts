import { NotStorable, type NativeType } from './native-type.ts';
import { ScalarColumn } from './native-column.ts';

const DIGITS_OF_A_WORD = 8;
/** By its code; below 0 for what is none. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => '0123456789abcdef'.indexOf(String.fromCharCode(code)));

/** Ids, lower-case hex, as numbers of so many words of 32 bits, each two with the lower one first. Rows of one trace come together: an id is read once for all of them. */
const id = (name: string, words: number): NativeType<string> => ({
  name,
  start: () => {
    const numbers = new Int32Array(words);
    const zero = '0'.repeat(words * DIGITS_OF_A_WORD);
    /** The text of what `numbers` hold. */
    let last = zero;
    return new ScalarColumn((out, value) => {
      if (value !== last) {
        last = zero;
        read(value, numbers);
        last = value;
      }
      for (let word = 0; word < words; word++) out.int32(numbers[word] ?? 0);
    });
  },
});

export const traceId = id('UUID', 4);
export const spanId = id('UInt64', 2);
/** Of a span that has none. */
export const NO_PARENT = '0'.repeat(16);

/** Throws `NotStorable`; the words are 0 then. */
function read(value: string, words: Int32Array): void {
  let wrong = value.length - words.length * DIGITS_OF_A_WORD;
  for (let word = 0; word < words.length && wrong === 0; word++) {
    const from = (word ^ 1) * DIGITS_OF_A_WORD;
    let number = 0;
    let signs = 0;
    for (let at = from; at < from + DIGITS_OF_A_WORD; at++) {
      const digit = DIGITS[value.charCodeAt(at)] ?? -1;
      signs |= digit;
      number = (number << 4) | digit;
    }
    if (signs < 0) wrong = 1;
    words[word] = number;
  }
  if (wrong === 0) return;
  words.fill(0);
  throw new NotStorable(`${JSON.stringify(value.slice(0, 64))} is no id of ${words.length * DIGITS_OF_A_WORD} lower-case hex digits`);
}
