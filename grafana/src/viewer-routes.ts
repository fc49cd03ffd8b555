import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

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
    <p>
      The dashboards viewer is not built yet. <code>npm start</code> builds it in the background, once; reload in a minute. By hand:
      <code>npm --prefix grafana/viewer ci && npm --prefix grafana/viewer run build</code>
    </p>
    <p><a href="/docs">The query API</a></p>
  </body>
</html>
`;

/**
 * Serves the dashboards viewer at `/` and `/d/<uid>`, without a key: it holds no data, and asks the query API for its own. Only files
 * that the build made are served; a path is looked up, never joined. Until it is built, `/` says how to; then it is there at the next
 * request.
 */
export function viewerRoutes(folder: string = BUILT): FastifyPluginAsync {
  return async (app) => {
    const open = { config: { scope: 'public' as const }, schema: { hide: true } };
    let built: Built | undefined;
    const look = () => (built ??= readBuilt(folder));
    const sendPage = (reply: FastifyReply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', POLICY)
        .send(look()?.page ?? NOT_BUILT);
    const sendAsset = async (request: FastifyRequest, reply: FastifyReply) => {
      const [path = ''] = request.url.split('?');
      const file = look()?.assets.get(path);
      if (!file) return reply.callNotFound();
      const accepted = request.headers['accept-encoding'] ?? '';
      const compressed = ENCODINGS.find(({ encoding, suffix }) => accepted.includes(encoding) && existsSync(file + suffix));
      if (compressed) reply.header('content-encoding', compressed.encoding).header('vary', 'accept-encoding');
      return reply
        .type(TYPES[extname(file)] ?? 'application/octet-stream')
        .header('cache-control', isHashed(file) ? 'public, max-age=31536000, immutable' : 'public, max-age=86400')
        .send(await readFile(file + (compressed?.suffix ?? '')));
    };
    app.get('/', open, async (_request, reply) => sendPage(reply));
    app.get('/d/:uid', open, async (_request, reply) => sendPage(reply));
    app.get('/:asset(^viewer-[A-Z0-9]{8}\\.(?:css|js)$)', open, sendAsset);
    app.get('/public/*', open, sendAsset);
  };
}

interface Built {
  readonly page: string;
  /** Paths as a browser asks for them → files. */
  readonly assets: ReadonlyMap<string, string>;
}

function readBuilt(folder: string): Built | undefined {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) return undefined;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => Object.hasOwn(TYPES, extname(name)) && extname(name) !== '.html' && statSync(join(folder, name)).isFile(),
  );
  return { page: readFileSync(index, 'utf8'), assets: new Map(files.map((name) => [`/${name.split(sep).join('/')}`, join(folder, name)])) };
}

/** `viewer-<hash>.js`: another content has another name. */
function isHashed(file: string): boolean {
  return /-[A-Z0-9]{8}\.\w+$/.test(file);
}
