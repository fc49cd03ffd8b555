/** `4.3.19` within `>=4 <6`. Only dotted numbers with `>=`, `>`, `<`, `<=`; an emitter that tells no version fits every range. */
export function inVersions(version: string, range: string): boolean {
  const numbers = parse(version);
  if (numbers === undefined) return true;
  return range.split(' ').every((clause) => {
    const match = /^(>=|>|<=|<)(.+)$/.exec(clause);
    const bound = parse(match?.[2] ?? '');
    if (!match || bound === undefined) throw new Error(`a version range is clauses like ">=4 <6", not "${range}"`);
    const order = compare(numbers, bound);
    const [, operator] = match;
    return (order === 0 && operator?.endsWith('=') === true) || (operator?.startsWith('>') === true ? order > 0 : order < 0);
  });
}

function parse(text: string): number[] | undefined {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(text);
  return match?.[1]?.split('.').map(Number);
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (let place = 0; place < Math.max(left.length, right.length); place++) {
    const difference = (left[place] ?? 0) - (right[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
