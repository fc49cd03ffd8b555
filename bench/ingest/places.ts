/** As protobuf writes it. */
export function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** Where a body says the same as `marker`. */
export function placesOf(body: Buffer, marker: Buffer): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(marker); at !== -1; at = body.indexOf(marker, at + 1)) places.push(at);
  return places;
}
