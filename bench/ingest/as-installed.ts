import { readFileSync } from 'node:fs';

/** What the command's first line gives its process. */
export function asInstalled(): { readonly env: NodeJS.ProcessEnv; readonly flags: readonly string[] } {
  const [line = ''] = readFileSync(new URL('../../cli/src/main.ts', import.meta.url), 'utf8').split('\n');
  const words = line.split(' ').slice(2);
  return {
    env: Object.fromEntries(words.flatMap((word) => (word.includes('=') && !word.startsWith('-') ? [word.split('=')] : []))),
    flags: words.filter((word) => word.startsWith('--')),
  };
}
