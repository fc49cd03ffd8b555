/** UTF-8 size of the JSON string value behind the first occurrence of a key, as it is escaped; 0 where there is none. */
export function stringBytesAfter(json: string, key: string): number {
  const at = json.indexOf(`"${key}":`);
  if (at === -1) return 0;
  let start = at + key.length + 3;
  while (json[start] === ' ') start++;
  if (json[start] !== '"') return 0;
  start++;
  let end = start;
  for (; end < json.length && json[end] !== '"'; end++) if (json[end] === '\\') end++;
  return Buffer.byteLength(json.slice(start, end));
}
