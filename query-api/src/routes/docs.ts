import { fastify, type FastifyPluginAsync } from 'fastify';

/** Shows /openapi.json. Everything it loads is from here, and no script stands in the page itself. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Tokenledger query API</title>
  </head>
  <body>
    <div id="app"></div>
    <script src="/docs/scalar.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const SCALAR = { url: '/openapi.json', telemetry: false, withDefaultFonts: false, showDeveloperTools: 'never', agent: { disabled: true } };
const START = `Scalar.createApiReference('#app', ${JSON.stringify(SCALAR)});\n`;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Scalar styles its components as it renders them.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const docsRoutes: FastifyPluginAsync = async (app) => {
  const open = { config: { scope: 'public' as const }, schema: { hide: true } };
  let scalar: Promise<string> | undefined;
  app.get('/openapi.json', open, async () => app.swagger());
  app.get('/docs', open, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(PAGE),
  );
  app.get('/docs/start.js', open, async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(START));
  app.get('/docs/scalar.js', open, async (_request, reply) => {
    scalar ??= scalarScript();
    return reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'public, max-age=86400')
      .send(await scalar);
  });
};

/** The package hands its script out only as a route, and takes 40 MB of memory: it is loaded when somebody opens the page. */
async function scalarScript(): Promise<string> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const shelf = fastify();
  await shelf.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
  const { payload } = await shelf.inject('/docs/js/scalar.js');
  await shelf.close();
  return payload;
}
