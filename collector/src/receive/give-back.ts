/**
 * Frees the memory of bytes at once that nobody reads any more. Left to the garbage collector, the bodies of a busy second have it walk through
 * all that is alive several times a second.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached && !isPool(buffer, byteLength)) buffer.transfer(0);
}

/** Node cuts what is shorter than half of its pool from it; the pool's memory is as large as it is named, or aligned some bytes larger. */
const isPool = (memory: ArrayBuffer, taken: number): boolean =>
  taken < memory.byteLength && taken < Buffer.poolSize / 2 && memory.byteLength < Buffer.poolSize * 2;
