import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
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
      },
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'tl_query_…; not needed on loopback without keys' } },
      },
      security: [{ key: [] }],
    },
    transform: ({ schema, ...route }) => jsonSchemaTransform({ ...route, schema: withProblem(schema) }),
    transformObject: (document) => withoutUnused(jsonSchemaTransformObject(document)),
  });
}

/** Whatever is not a route's own answer is a problem, also where the route does not say so. */
function withProblem(schema: FastifySchema): FastifySchema {
  const { response } = schema as { readonly response?: object };
  return response === undefined || 'default' in response ? schema : { ...schema, response: { ...response, ...orProblem } };
}

/** Every named schema is written twice, as input and as output; the one nobody refers to is left out. */
function withoutUnused<Document extends object>(document: Document): Document {
  const { components } = document as { readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> } };
  const text = JSON.stringify(document);
  const used = Object.entries(components?.schemas ?? {}).filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  return { ...document, components: { ...components, schemas: Object.fromEntries(used) } };
}
