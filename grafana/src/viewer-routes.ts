import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

const BUILT = fileURLToPath(new URL('../viewer/dist/', import.meta.url));
const DASHBOARDS = fileURLToPath(new URL('../dashboards/', import.meta.url));

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

/** File names of the dashboards as a reader goes through them; others follow. */
const ORDER = [
  'overview',
  'allocation',
  'tokens',
  'prompts',
  'golden-signals',
  'agents',
  'coding-agents',
  'budgets',
  'ledger-health',
  'calls',
  'trace',
  'call',
];

const BY_HAND = 'npm --prefix grafana/viewer ci && npm --prefix grafana/viewer run build';

/** Asks for itself again while somebody is at work. */
function notBuilt(progress: string | undefined): string {
  const state = progress
    ? `<p>Tokenledger is up and takes what apps send. It is ${progress}; this page turns into the dashboards by itself.</p>`
    : `<p>The dashboards viewer is not built yet. <code>npm start</code> builds it in the background, once. By hand: <code>${BY_HAND}</code></p>`;
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    ${progress ? '<meta http-equiv="refresh" content="2" />' : ''}
    <title>Tokenledger</title>
    <style>
      :root { color-scheme: dark light; font: 16px/1.5 system-ui, sans-serif; }
      body { max-width: 40rem; margin: 15vh auto; padding: 0 1rem; }
    </style>
  </head>
  <body>
    <h1>Tokenledger</h1>
    ${state}
    <p>Until then: <a href="/docs">the query API</a>, <a href="/v1/calls">the last calls</a>.</p>
  </body>
</html>
`;
}

/**
 * Serves the dashboards viewer at `/` and `/d/<uid>`, without a key: it holds no data, and asks the query API for its own. Only files
 * that the build made are served; a path is looked up, never joined. Until it is built, `/` says how far it is or
 * how to; then it is there at the next request.
 */
export function viewerRoutes({ folder = BUILT, progress }: ViewerRoutesOptions = {}): FastifyPluginAsync {
  return async (app) => {
    const open = { config: { scope: 'public' as const }, schema: { hide: true } };
    let built: Built | undefined;
    // A new build takes the place of the one that is served.
    const look = () => (built = built && built.builtMs === builtMs(folder) ? built : readBuilt(folder));
    const sendPage = (reply: FastifyReply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', POLICY)
        .header('cache-control', 'no-cache')
        .send(look()?.page ?? notBuilt(progress?.()));
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
    app.get('/dashboards.json', open, async (_request, reply) => reply.type('application/json; charset=utf-8').send(readDashboards()));
  };
}

/** As they are committed, in the order in which they are read. */
function readDashboards(): string {
  const names = readdirSync(DASHBOARDS).filter((name) => name.endsWith('.json'));
  const place = (name: string) => ORDER.indexOf(name.slice(0, -'.json'.length)) + 1 || ORDER.length + 1;
  const texts = names
    .toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .map((name) => readFileSync(join(DASHBOARDS, name), 'utf8'));
  return `[${texts.join(',')}]`;
}

interface ViewerRoutesOptions {
  readonly folder?: string;
  /** What is being done about a viewer that is not built. */
  readonly progress?: () => string | undefined;
}

interface Built {
  readonly builtMs: number;
  readonly page: string;
  /** Paths as a browser asks for them → files. */
  readonly assets: ReadonlyMap<string, string>;
}

const INDEX = 'index.html';
/** The page is written last. 0: it is not there. */
const builtMs = (folder: string): number => statSync(join(folder, INDEX), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function readBuilt(folder: string): Built | undefined {
  const at = builtMs(folder);
  if (at === 0) return undefined;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => Object.hasOwn(TYPES, extname(name)) && extname(name) !== '.html' && statSync(join(folder, name)).isFile(),
  );
  const assets = new Map(files.map((name) => [`/${name.split(sep).join('/')}`, join(folder, name)]));
  return { builtMs: at, page: readFileSync(join(folder, INDEX), 'utf8'), assets };
}

/** `viewer-<hash>.js`: another content has another name. */
function isHashed(file: string): boolean {
  return /-[A-Z0-9]{8}\.\w+$/.test(file);
}
