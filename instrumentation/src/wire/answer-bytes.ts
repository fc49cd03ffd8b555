/** UTF-8 size of the text an event brings, as it is escaped: the string value of the first of these keys that has one. */
export function answerBytes(json: string, keys: readonly string[]): number {
  for (const key of keys) {
    const size = stringBytesAfter(json, key);
    if (size > 0) return size;
  }
  return 0;
}

function stringBytesAfter(json: string, key: string): number {
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
