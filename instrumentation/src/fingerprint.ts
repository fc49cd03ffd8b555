import { TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model/semconv';
import { array, object, text } from './json.ts';
import type { JsonObject, ObservedCall } from './observed-call.ts';

/** What makes a prompt. The model and the sampling are left out: the same prompt on another model is the same prompt. */
const PROMPT_FIELDS = [
  'system',
  'instructions',
  'systemInstruction',
  'tools',
  'messages',
  'input',
  'prompt',
  'contents',
  'response_format',
];
const TURN_FIELDS = new Set(['messages', 'input', 'prompt', 'contents']);
const INSTRUCTING_ROLES = new Set(['system', 'developer']);
const DIGITS = 32;

let key: string | undefined;

/** Turns fingerprints on. They are keyed, so that nobody without the key can test whether a prompt he guesses was used. */
export function enableFingerprints(secret: string): void {
  key = secret;
}

/**
 * Two keyed hashes that say "the same again" without saying what: of the whole prompt, and of its template, which is the
 * instructions, the tools and who speaks in which order.
 */
export function fingerprintPrompt(body: JsonObject, call: ObservedCall): void {
  if (key === undefined) return;
  const prompt = PROMPT_FIELDS.map((field) => [field, body[field]] as const);
  const template = prompt.map(([field, value]) => [field, TURN_FIELDS.has(field) ? array(value).map(skeleton) : value] as const);
  call.attributes[TOKENLEDGER_ATTRIBUTES.promptFingerprint] = keyedHash(prompt, key);
  call.attributes[TOKENLEDGER_ATTRIBUTES.promptTemplateFingerprint] = keyedHash(template, key);
}

function skeleton(turn: unknown): unknown {
  const role = text(object(turn)?.['role']);
  return role && INSTRUCTING_ROLES.has(role) ? turn : (role ?? text(object(turn)?.['type']) ?? null);
}

function keyedHash(value: unknown, secret: string): string {
  return process.getBuiltinModule('node:crypto').createHmac('sha256', secret).update(canonicalJson(value)).digest('hex').slice(0, DIGITS);
}

/** JSON with sorted keys: the order in which an SDK writes them means nothing. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    const map = object(each);
    return map ? Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))) : each;
  });
}
