import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { DEFAULT_RULES } from './default-rules.ts';
import { type Receiver, receiverSchema } from './receiver.ts';
import { type Rule, ruleSchema } from './rule.ts';

const fileSchema = z.strictObject({ rules: z.array(ruleSchema).default([]), receivers: z.array(receiverSchema).default([]) });

/**
 * `alerts.yaml`: `rules:` beside the default ones (one of the same name replaces it) and `receivers:`.
 * @throws Error that lists every problem by its path
 */
export function readRulesFile(path: string | undefined): { readonly rules: readonly Rule[]; readonly receivers: readonly Receiver[] } {
  if (path === undefined) return { rules: DEFAULT_RULES, receivers: [] };
  const parsed = fileSchema.safeParse(parse(readFileSync(path, 'utf8')) ?? {});
  if (!parsed.success) throw new Error(`${path}:\n${z.prettifyError(parsed.error)}`);
  const { rules, receivers } = parsed.data;
  const own = new Set(rules.map(({ name }) => name));
  const known = new Set(receivers.map(({ name }) => name));
  const lost = rules.flatMap(({ name, receivers: named }) =>
    named.filter((receiver) => !known.has(receiver)).map((receiver) => `${name}: ${receiver}`),
  );
  if (lost.length > 0) throw new Error(`${path}: rules name receivers that are not there: ${lost.join(', ')}`);
  return { rules: [...DEFAULT_RULES.filter(({ name }) => !own.has(name)), ...rules], receivers };
}
