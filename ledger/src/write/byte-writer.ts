const FIRST_SIZE = 256;

/** A buffer that grows. Numbers are little-endian, as in ClickHouse's binary formats. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
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
    const high = Math.floor(value / 2 ** 32);
    this.#fourBytes(value - high * 2 ** 32);
    this.#fourBytes(high);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#fourBytes(value);
  }

  /** The low 64 bits, two's complement. */
  bigInt64(value: bigint): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeBigInt64LE(BigInt.asIntN(64, value), this.#end);
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
    if (value.length < 128 && this.#shortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.varUint(length);
    this.#reserve(length);
    this.#end += this.#bytes.write(value, this.#end, 'utf8');
  }

  /** Decimal digits of a safe integer that is not negative, as a text. */
  digits(value: number): void {
    this.#reserve(17);
    const bytes = this.#bytes;
    let digits = 1;
    for (let bound = 10; bound <= value; bound *= 10) digits++;
    const from = this.#end;
    bytes[from] = digits;
    let rest = value;
    for (let at = from + digits; at > from; at--) {
      const tens = Math.floor(rest / 10);
      // 48 and the largest integers add up to none that is safe.
      bytes[at] = 48 + (rest - tens * 10);
      rest = tens;
    }
    this.#end = from + 1 + digits;
  }

  /** Most texts are short and ASCII; for those a loop is several times faster than a native call. */
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

  #fourBytes(value: number): void {
    const bytes = this.#bytes;
    bytes[this.#end++] = value;
    bytes[this.#end++] = value >>> 8;
    bytes[this.#end++] = value >>> 16;
    bytes[this.#end++] = value >>> 24;
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + size));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
