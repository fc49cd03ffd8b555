import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { object, parseObject, text } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';

/** A file of the API, and the folder it is published in. */
const FILE_OF_API = /^(.*[\\/]@opentelemetry[\\/]api)[\\/].*$/;
/** Ours, and the API's own function that looks into the registry. */
const FRAMES = 10;

/** Entry of the copy of OpenTelemetry's API that is asking right now, from wherever the app has it; `undefined` where it is bundled. */
export function callingCopy(): string | undefined {
  const sites = process.getBuiltinModule('node:util').getCallSites(FRAMES, { sourceMap: false });
  for (const { scriptName } of sites) {
    const file = scriptName.startsWith('file:') ? fileURLToPath(scriptName) : scriptName;
    const folder = FILE_OF_API.exec(file)?.[1];
    if (folder) return entryIn(folder, file.endsWith('.mjs') ? 'import' : 'require');
  }
  return undefined;
}

function entryIn(folder: string, condition: 'import' | 'require'): string {
  const manifest = parseObject(process.getBuiltinModule('node:fs').readFileSync(join(folder, 'package.json'), 'utf8')) ?? {};
  let target = object(manifest['exports'])?.['.'];
  for (let choice: JsonObject | undefined; (choice = object(target));) target = choice[condition] ?? choice['default'];
  return join(folder, text(target) ?? text(manifest['main']) ?? 'index.js');
}
