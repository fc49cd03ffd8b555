import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DASHBOARDS } from '../src/dashboards.ts';
import { viewerRoutes } from '../src/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewer-routes-'));
  await mkdir(join(folder, 'public'));
  await writeFile(join(folder, 'index.html'), '<script src="/viewer-ABCDEFGH.js"></script>');
  await writeFile(join(folder, 'viewer-ABCDEFGH.js'), 'run()');
  await writeFile(join(folder, 'viewer-ABCDEFGH.js.gz'), gzipSync('run()'));
  await writeFile(join(folder, 'public/icon.svg'), '<svg/>');
  await writeFile(join(folder, 'secret.txt'), 'secret');
});
afterAll(() => rm(folder, { recursive: true }));

async function get(url: string, headers: Record<string, string> = {}, from = folder) {
  const app = fastify();
  await app.register(viewerRoutes({ folder: from }));
  const answer = await app.inject({ url, headers });
  await app.close();
  return answer;
}

test('the page is the same for every dashboard and may run only its own script', async () => {
  const page = await get('/');
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
  expect((await get('/d/tl-overview')).body).toBe(page.body);
});

test('a hashed file is kept for ever and sent compressed to who accepts it', async () => {
  const zipped = await get('/viewer-ABCDEFGH.js', { 'accept-encoding': 'gzip, br' });
  expect(zipped.headers).toMatchObject({
    'content-encoding': 'gzip',
    vary: 'accept-encoding',
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect(gunzipSync(zipped.rawPayload).toString()).toBe('run()');
  expect((await get('/viewer-ABCDEFGH.js')).body).toBe('run()');
  expect((await get('/public/icon.svg')).headers['cache-control']).toBe('public, max-age=86400');
});

test.each(['/secret.txt', '/viewer-ABCDEFGH.js.gz', '/../package.json', '/public/..%2fsecret.txt', '/public', '/index.html'])(
  '%s is not served',
  async (url) => {
    expect((await get(url)).statusCode).toBe(404);
  },
);

test('dashboards come as they are committed, the overview first', async () => {
  const answer = await get('/dashboards.json');
  const dashboards = answer.json<{ readonly uid: string }[]>();
  expect(dashboards[0]?.uid).toBe('tl-overview');
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(Object.keys(DASHBOARDS).length);
});

test('while the viewer is being built, the page says how far it is and comes again', async () => {
  const app = fastify();
  await app.register(viewerRoutes({ folder: join(folder, 'nowhere'), progress: () => 'bundling the dashboards (3 s)' }));
  const page = await app.inject({ url: '/' });
  await app.close();
  expect(page.body).toContain('It is bundling the dashboards (3 s)');
  expect(page.body).toContain('<meta http-equiv="refresh"');
});

test('where the viewer is not built, the page says how to build it', async () => {
  const page = await get('/', {}, join(folder, 'nowhere'));
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('npm --prefix grafana/viewer');
});

test('once built, it is there without a restart', async () => {
  const later = join(folder, 'later');
  const app = fastify();
  await app.register(viewerRoutes({ folder: later }));
  expect((await app.inject('/')).body).toContain('not built yet');
  await mkdir(later);
  await writeFile(join(later, 'viewer-HGFEDCBA.js'), 'run()');
  await writeFile(join(later, 'index.html'), 'the page');
  expect((await app.inject('/')).body).toBe('the page');
  expect((await app.inject('/viewer-HGFEDCBA.js')).body).toBe('run()');
  await app.close();
});
