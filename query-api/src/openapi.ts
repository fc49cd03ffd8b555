import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { PARAMETERS, PATH_PARAMETERS } from './openapi-parameters.ts';
import { orProblem } from './problem.ts';

/** Collects the schemas of all routes registered after it into one OpenAPI document. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Tokenledger query API',
        version: '1',
        description: 'What LLM calls cost, by whom and why. Money is exact decimal text in USD, times are RFC 3339, unknown is null.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      // Where the document itself was fetched from.
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'tl_query_…; not needed on loopback without keys' } },
      },
      security: [{ key: [] }],
    },
    transform: ({ schema, ...route }) => {
      const { scope, operationId } = { scope: route.route.config?.scope, operationId: nameOf(route.route.method, route.url) };
      return jsonSchemaTransform({ ...route, schema: { ...withProblem(schema), operationId, ...needing(scope, schema?.description) } });
    },
    transformObject: (document) => withParameters(withoutUnused(jsonSchemaTransformObject(document))),
  });
}

/** `GET /v1/traces/:trace_id` is `get_traces_trace_id`: what a generated client calls it. */
function nameOf(method: string | readonly string[], url: string): string {
  return [String(method).toLowerCase(), ...url.replace('/v1/', '').split('/')]
    .join('_')
    .replaceAll(/[^a-z0-9_]+/g, '_')
    .replaceAll(/_+/g, '_');
}

/** Says in each route's description which key it needs. */
function needing(scope: string | undefined, description = ''): Pick<FastifySchema, 'description' | 'security'> {
  if (scope === 'public') return { security: [], ...(description && { description }) };
  return { description: [description, `Needs a key of scope \`${scope}\`.`].filter(Boolean).join('\n\n') };
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
}

/** Completes a parameter's description and example from the table where its route has none. */
function withParameters<Document extends object>(document: Document): Document {
  const { paths = {} } = document as { readonly paths?: Readonly<Record<string, Readonly<Record<string, { parameters?: Parameter[] }>>>> };
  for (const [path, operations] of Object.entries(paths))
    for (const operation of Object.values(operations))
      operation.parameters = operation.parameters?.map((parameter) => ({
        ...(parameter.in === 'path' && PATH_PARAMETERS[path] ? PATH_PARAMETERS[path] : PARAMETERS[parameter.name]),
        ...parameter,
      }));
  return document;
}

/** Whatever is not a route's own answer is a problem, also where the route does not say so. */
function withProblem(schema: FastifySchema): FastifySchema {
  const { response } = schema as { readonly response?: object };
  return response === undefined || 'default' in response ? schema : { ...schema, response: { ...response, ...orProblem } };
}

/** Every named schema is generated twice, as input and as output: those that nothing refers to are removed until none is left. */
function withoutUnused<Document extends object>(document: Document): Document {
  const { components } = document as { readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> } };
  const text = JSON.stringify(document);
  const all = Object.entries(components?.schemas ?? {});
  const used = all.filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  if (used.length === all.length) return document;
  return withoutUnused({ ...document, components: { ...components, schemas: Object.fromEntries(used) } });
}
