const FIRST_SIZE = 256;
const TWO_32 = 2 ** 32;
/** A length below it is one byte. */
const ONE_BYTE = 128;
/** From so many characters on a native call is faster than a loop. */
const LONG = 16;
const MOST_BYTES_OF_A_UNIT = 3;
const MOST_DIGITS = 16;
const ZERO = 48;

/** A buffer that grows. Numbers are little-endian, as in ClickHouse's binary formats. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #view = viewOf(this.#bytes);
  #end = 0;

  /** A view of what was written; valid until the next write. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#end);
  }

  get length(): number {
    return this.#end;
  }

  /** Takes back what was written after it was so long. */
  truncate(length: number): void {
    this.#end = length;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = value;
  }

  /** A safe integer as Int64 (or UInt64 when not negative). */
  int64(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / TWO_32);
    this.#view.setInt32(this.#end, value - high * TWO_32, true);
    this.#view.setInt32(this.#end + 4, high, true);
    this.#end += 8;
  }

  /** A safe integer as Int128. */
  int128(value: number): void {
    this.#reserve(16);
    const high = Math.floor(value / TWO_32);
    const sign = high >> 31;
    this.#view.setInt32(this.#end, value - high * TWO_32, true);
    this.#view.setInt32(this.#end + 4, high, true);
    this.#view.setInt32(this.#end + 8, sign, true);
    this.#view.setInt32(this.#end + 12, sign, true);
    this.#end += 16;
  }

  /** One that has 64 bits as Int128. */
  bigInt128(value: bigint): void {
    this.#reserve(16);
    this.#view.setBigInt64(this.#end, value, true);
    const sign = this.#view.getInt32(this.#end + 4, true) >> 31;
    this.#view.setInt32(this.#end + 8, sign, true);
    this.#view.setInt32(this.#end + 12, sign, true);
    this.#end += 16;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#end, value, true);
    this.#end += 4;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#end, value, true);
    this.#end += 4;
  }

  /** The low 64 bits, two's complement. */
  bigInt64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.#end, value, true);
    this.#end += 8;
  }

  /** Unsigned LEB128, below 2^53. */
  varUint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#end++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#end++] = rest;
  }

  /** Length in bytes, then UTF-8. */
  text(value: string): void {
    if (value.length < ONE_BYTE && (value.length < LONG ? this.#shortAscii(value) : this.#ascii(value))) return;
    const length = Buffer.byteLength(value);
    this.varUint(length);
    this.#reserve(length);
    this.#end += this.#bytes.write(value, this.#end, 'utf8');
  }

  /** A text that is written piece by piece: what is written until `endText`, told where it begins, is its bytes. */
  beginText(): number {
    this.#reserve(1);
    return this.#end++;
  }

  endText(began: number): void {
    const from = began + 1;
    const length = this.#end - from;
    if (length < ONE_BYTE) {
      this.#bytes[began] = length;
      return;
    }
    const text = Buffer.from(this.#bytes.subarray(from, this.#end));
    this.#end = began;
    this.varUint(length);
    this.#reserve(length);
    text.copy(this.#bytes, this.#end);
    this.#end += length;
  }

  /** UTF-8 without its length. */
  piece(value: string): void {
    this.#reserve(value.length * MOST_BYTES_OF_A_UNIT);
    this.#end += this.#bytes.write(value, this.#end, 'utf8');
  }

  /** Decimal digits of a safe integer that is not negative, without their number. */
  digits(value: number): void {
    this.#reserve(MOST_DIGITS);
    const bytes = this.#bytes;
    let end = this.#end + 1;
    for (let bound = 10; bound <= value; bound *= 10) end++;
    this.#end = end;
    let rest = value;
    do {
      const tens = Math.floor(rest / 10);
      bytes[--end] = ZERO + (rest - tens * 10);
      rest = tens;
    } while (rest > 0);
  }

  /** Most texts are short and ASCII; for those a loop is faster than a native call. */
  #shortAscii(value: string): boolean {
    this.#reserve(value.length + 1);
    const bytes = this.#bytes;
    let at = this.#end;
    bytes[at++] = value.length;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      bytes[at++] = code;
    }
    this.#end = at;
    return true;
  }

  /** As many bytes as it has characters, or it was not ASCII. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#reserve(length * MOST_BYTES_OF_A_UNIT + 1);
    if (this.#bytes.write(value, this.#end + 1, 'utf8') !== length) return false;
    this.#bytes[this.#end] = length;
    this.#end += length + 1;
    return true;
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#end + size));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

const viewOf = ({ buffer, byteOffset, length }: Buffer<ArrayBuffer>): DataView => new DataView(buffer, byteOffset, length);
