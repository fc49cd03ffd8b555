import type { Draw } from './draw.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 12;

/** A value that fits the schema, so that structured output and tool arguments parse. Covers what SDK helpers generate. */
export function sampleJson(schema: JsonSchema, draw: Draw, root: JsonSchema = schema, depth = 0): unknown {
  if (depth > MAX_DEPTH) return null;
  const sample = (part: unknown) => sampleJson(asSchema(part), draw, root, depth + 1);
  if (typeof schema['$ref'] === 'string') return sample(resolve(schema['$ref'], root));
  if ('const' in schema) return schema['const'];
  const choice = firstOf(schema['enum']);
  if (choice !== undefined) return choice;
  const variant = firstOf(schema['anyOf']) ?? firstOf(schema['oneOf']) ?? firstOf(schema['allOf']);
  if (variant !== undefined) return sample(variant);
  switch (firstOf(schema['type']) ?? schema['type']) {
    case 'string':
      return draw.pick(['amber', 'basalt', 'cedar', 'delta']);
    case 'integer':
    case 'number':
      return draw.between(Number(schema['minimum'] ?? 1), Number(schema['maximum'] ?? 20));
    case 'boolean':
      return draw.chance(0.5);
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 2) }, () => sample(schema['items']));
    case 'null':
      return null;
    default:
      return Object.fromEntries(Object.entries(asSchema(schema['properties'])).map(([name, part]) => [name, sample(part)]));
  }
}

function resolve(reference: string, root: JsonSchema): unknown {
  const path = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return path.reduce<unknown>((node, key) => asSchema(node)[key], root);
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function asSchema(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
}
