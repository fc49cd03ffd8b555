const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

const FIRST_BYTES = 4 * 1024;
/** Room for a tag and a number, or a tag and a length. */
const FIELD_BYTES = 16;
/** A shorter text is written faster here than by a call into Node. */
const SHORT_CHARS = 64;

/** Writes a protobuf message, and messages in it, into memory that grows. Source: protobuf.dev, encoding. */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A field that is a message: what `write` writes. */
  message(field: number, write: () => void): void {
    const start = this.open(field);
    write();
    this.close(start);
  }

  /** Begins a message; `close` it with what this returns. */
  open(field: number): number {
    this.#reserve(FIELD_BYTES);
    this.#tag(field, DELIMITED);
    return this.#at++;
  }

  /** One byte was left for the length, which is enough for most; else what was written moves. */
  close(start: number): void {
    const length = this.#at - start - 1;
    const more = varintBytes(length) - 1;
    if (more > 0) {
      this.#reserve(more);
      this.#bytes.copyWithin(start + 1 + more, start + 1, this.#at);
    }
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  int(field: number, value: number): void {
    this.#reserve(FIELD_BYTES);
    this.#tag(field, VARINT);
    if (value >= 0) return this.#varint(value);
    // Two's complement of 64 bits, as protobuf has it: always ten bytes.
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  double(field: number, value: number): void {
    this.#reserve(FIELD_BYTES);
    this.#tag(field, FIXED_64);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  fixed64(field: number, value: bigint): void {
    this.#reserve(FIELD_BYTES);
    this.#tag(field, FIXED_64);
    this.#at = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
  }

  fixed32(field: number, value: number): void {
    this.#reserve(FIELD_BYTES);
    this.#tag(field, FIXED_32);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  text(field: number, text: string): void {
    this.#reserve(text.length * 3 + FIELD_BYTES);
    this.#tag(field, DELIMITED);
    if (text.length <= SHORT_CHARS && this.#shortAscii(text)) return;
    this.#varint(Buffer.byteLength(text));
    this.#at += this.#bytes.write(text, this.#at);
  }

  hex(field: number, hex: string): void {
    this.#reserve(hex.length + FIELD_BYTES);
    this.#tag(field, DELIMITED);
    this.#varint(hex.length / 2);
    this.#at += this.#bytes.write(hex, this.#at, 'hex');
  }

  /** Writes a length of one byte and a text of as many; `false`, with nothing written, if it is not plain. */
  #shortAscii(text: string): boolean {
    const start = this.#at + 1;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#bytes[start + index] = code;
    }
    this.#byte(text.length);
    this.#at += text.length;
    return true;
  }

  #tag(field: number, wireType: number): void {
    this.#varint((field << 3) | wireType);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#byte((rest % 0x80) | 0x80);
    this.#byte(rest);
  }

  #byte(byte: number): void {
    this.#bytes[this.#at++] = byte;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
