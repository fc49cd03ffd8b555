import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';

const BUILT = fileURLToPath(new URL('../viewer/dist/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Compressed forms that the build leaves beside a file, the best first. */
const ENCODINGS = [
  { encoding: 'br', suffix: '.br' },
  { encoding: 'gzip', suffix: '.gz' },
] as const;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Grafana's components style themselves as they render.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Tokenledger</title>
  </head>
  <body>
    <h1>Tokenledger</h1>
    <p>The dashboards viewer is not built. <code>npm --prefix grafana/viewer ci && npm --prefix grafana/viewer run build</code>, then start again.</p>
    <p><a href="/docs">The query API</a></p>
  </body>
</html>
`;

/**
 * Serves the dashboards viewer at `/` and `/d/<uid>`, without a key: it holds no data, and asks the query API for its own. Only files
 * that the build made are served; a path is looked up, never joined. Where it is not built, `/` says how to.
 */
export function viewerRoutes(folder: string = BUILT): FastifyPluginAsync {
  return async (app) => {
    const open = { config: { scope: 'public' as const }, schema: { hide: true } };
    const index = join(folder, 'index.html');
    const page = existsSync(index) ? readFileSync(index, 'utf8') : NOT_BUILT;
    const sendPage = (reply: FastifyReply) => reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page);
    app.get('/', open, async (_request, reply) => sendPage(reply));
    app.get('/d/:uid', open, async (_request, reply) => sendPage(reply));
    for (const file of page === NOT_BUILT ? [] : assets(folder)) {
      app.get(`/${relative(folder, file).split(sep).join('/')}`, open, async (request, reply) => {
        const accepted = request.headers['accept-encoding'] ?? '';
        const compressed = ENCODINGS.find(({ encoding, suffix }) => accepted.includes(encoding) && existsSync(file + suffix));
        if (compressed) reply.header('content-encoding', compressed.encoding).header('vary', 'accept-encoding');
        return reply
          .type(TYPES[extname(file)] ?? 'application/octet-stream')
          .header('cache-control', isHashed(file) ? 'public, max-age=31536000, immutable' : 'public, max-age=86400')
          .send(await readFile(file + (compressed?.suffix ?? '')));
      });
    }
  };
}

function assets(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => Object.hasOwn(TYPES, extname(file)) && extname(file) !== '.html' && statSync(file).isFile());
}

/** `viewer-<hash>.js`: another content has another name. */
function isHashed(file: string): boolean {
  return /-[A-Z0-9]{8}\.\w+$/.test(file);
}
