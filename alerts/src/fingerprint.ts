const OFFSET = 0xcbf29ce484222325n;
const SEPARATOR = 0xff;

/**
 * Alertmanager's fingerprint of a label set: FNV-1a 64 over the sorted names and values, each followed by 0xFF
 * (prometheus/common model/signature.go). 16 hex digits. Made for every series in every round, so in two halves of 32 bits.
 */
export function fingerprint(labels: Readonly<Record<string, string>>): string {
  let high = Number(OFFSET >> 32n);
  let low = Number(OFFSET & 0xffffffffn);
  // The prime is 2^40 + 0x1b3.
  const add = (byte: number) => {
    low = (low ^ byte) >>> 0;
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 0x100000000) + (low << 8)) >>> 0;
    low = product >>> 0;
  };
  for (const name of Object.keys(labels).sort()) {
    for (const text of [name, labels[name] ?? '']) {
      for (const byte of Buffer.from(text)) add(byte);
      add(SEPARATOR);
    }
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
