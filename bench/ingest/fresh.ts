import { randomBytes } from 'node:crypto';

const ID_BYTES = 16;
const TIME_BYTES = 8;
const TIME_DIGITS = 19;
/** Two hex digits of each byte, as they lie in memory. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE());

/** What is another in each request. */
export interface Fresh {
  /** How many random ids. */
  readonly ids: number;
  /** Times, in nanoseconds before now. */
  readonly nanosAgo: readonly bigint[];
}

/** `length` bytes of what is fresh, from `from` on, stand at `to` in the body. */
export interface Copy {
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/** Where what is fresh lies: ids as bytes, as hex digits, times as fixed64, as decimal digits. */
export function layOut({ ids, nanosAgo }: Fresh) {
  const hexAt = ids * ID_BYTES;
  const timesAt = hexAt * 3;
  const digitsAt = timesAt + nanosAgo.length * TIME_BYTES;
  return {
    id: (index: number) => index * ID_BYTES,
    hexOfId: (index: number) => hexAt + index * ID_BYTES * 2,
    time: (index: number) => timesAt + index * TIME_BYTES,
    digitsOfTime: (index: number) => digitsAt + index * TIME_DIGITS,
    bytes: digitsAt + nanosAgo.length * TIME_DIGITS,
  };
}

/** Memory laid out so, and what fills it anew. */
export function createFresh({ ids, nanosAgo }: Fresh): { readonly memory: Buffer; readonly renew: () => void } {
  const { hexOfId, time, digitsOfTime, bytes } = layOut({ ids, nanosAgo });
  const memory = Buffer.from(new ArrayBuffer(bytes));
  const words = new Uint32Array(memory.buffer, 0, (ids * ID_BYTES) / 4);
  const pairs = new Uint16Array(memory.buffer, hexOfId(0), ids * ID_BYTES);
  const random = randomWords();
  return {
    memory,
    renew: () => {
      for (let at = 0; at < words.length; at++) words[at] = random();
      for (let at = 0; at < pairs.length; at++) pairs[at] = HEX[memory[at] ?? 0] ?? 0;
      const now = BigInt(Date.now()) * 1_000_000n;
      for (const [index, ago] of nanosAgo.entries()) {
        memory.writeBigUInt64LE(now - ago, time(index));
        memory.write(String(now - ago), digitsOfTime(index), 'latin1');
      }
    },
  };
}

/** Copies word by word: thousands of pieces a request, each too short for a call of `copy`. */
export function copier(source: Buffer, target: Buffer, copies: readonly Copy[]): () => void {
  const from = new DataView(source.buffer, source.byteOffset, source.length);
  const to = new DataView(target.buffer, target.byteOffset, target.length);
  const words = Int32Array.from(copies.flatMap((copy) => stepsOf(copy, 4)));
  const bytes = Int32Array.from(copies.flatMap((copy) => stepsOf(copy, 1)));
  return () => {
    for (let at = 0; at < words.length; at += 2) to.setUint32(words[at + 1] ?? 0, from.getUint32(words[at] ?? 0, true), true);
    for (let at = 0; at < bytes.length; at += 2) to.setUint8(bytes[at + 1] ?? 0, from.getUint8(bytes[at] ?? 0));
  };
}

/** Whole words from the front, and what is left of them byte by byte. */
function stepsOf({ from, to, length }: Copy, step: 4 | 1): number[] {
  const whole = length - (length % 4);
  const [begin, end] = step === 4 ? [0, whole] : [whole, length];
  return Array.from({ length: (end - begin) / step }, (_, index) => begin + index * step).flatMap((at) => [from + at, to + at]);
}

/** Marsaglia's xorshift128: random enough that nothing compresses, at a nanosecond a word. */
function randomWords(): () => number {
  let [x = 1, y = 2, z = 3, w = 4] = new Int32Array(randomBytes(16).buffer.slice(0, 16));
  return () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w;
  };
}
