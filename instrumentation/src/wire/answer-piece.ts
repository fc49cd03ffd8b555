/** The text an event brings, as it is escaped: the string value of the first of these keys that has one. */
export function answerPiece(json: string, keys: readonly string[]): string {
  for (const key of keys) {
    const piece = stringAfter(json, key);
    if (piece !== '') return piece;
  }
  return '';
}

function stringAfter(json: string, key: string): string {
  const at = json.indexOf(`"${key}":`);
  if (at === -1) return '';
  let start = at + key.length + 3;
  while (json[start] === ' ') start++;
  if (json[start] !== '"') return '';
  start++;
  let end = start;
  for (; end < json.length && json[end] !== '"'; end++) if (json[end] === '\\') end++;
  return json.slice(start, end);
}
