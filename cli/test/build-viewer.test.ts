import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { buildViewerOnce } from '../src/build-viewer.ts';
import { temporaryFolder } from './run-command.ts';

/** Stands in for npm, which would fetch 450 MB: writes down what it was asked, and leaves what npm leaves. */
const NPM = `
const { appendFileSync, existsSync, mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const [, , , folder, ...asked] = process.argv;
appendFileSync(join(folder, 'asked'), asked[0] === 'ci' ? 'install ' : 'bundle ');
if (existsSync(join(folder, 'broken'))) process.exit(1);
if (existsSync(join(folder, 'slow'))) {
  writeFileSync(join(folder, 'pid'), String(process.pid));
  setTimeout(() => undefined, 60_000);
  return;
}
const made = asked[0] === 'ci' ? 'node_modules/.package-lock.json' : 'dist/index.html';
mkdirSync(join(folder, made, '..'), { recursive: true });
writeFileSync(join(folder, made), '');
`;
/** Stands in for `up`, which stops other parts before it stops the build. */
const UP = `
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { buildViewerOnce } from ${JSON.stringify(new URL('../src/build-viewer.ts', import.meta.url).href)};
const folder = process.argv[1];
const { stop } = buildViewerOnce(folder + '/npm.cjs', pino(), folder);
process.once('SIGINT', async () => {
  await sleep(300);
  await stop();
  console.log('stopped');
});
`;
const OLD = new Date(Date.now() - 60_000);
const OLDER = new Date(Date.now() - 120_000);

function viewerFolder() {
  const folder = temporaryFolder();
  const put = (name: string, at: Date) => {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), at, at);
  };
  for (const name of ['package.json', 'package-lock.json', 'build.ts', 'src/main.tsx', 'src/page/viewer.tsx']) put(name, OLDER);
  for (const name of ['src', 'src/page']) utimesSync(join(folder, name), OLDER, OLDER);
  writeFileSync(join(folder, 'npm.cjs'), NPM);
  const build = async () => {
    const { done } = buildViewerOnce(join(folder, 'npm.cjs'), pino({ level: 'silent' }), folder);
    return done;
  };
  const built = () => {
    put('node_modules/.package-lock.json', OLD);
    put('dist/index.html', OLD);
  };
  const asked = () => readFileSync(join(folder, 'asked'), { encoding: 'utf8', flag: 'a+' }).trim();
  return { folder, put, build, built, asked };
}

describe('the viewer', () => {
  test('is installed and bundled where nothing is, once', async () => {
    const { build, asked } = viewerFolder();
    expect(await build()).toBe('built');
    expect(asked()).toBe('install bundle');
    expect(await build()).toBe('there');
    expect(asked()).toBe('install bundle');
  });

  test('is left alone while it is newer than its source', async () => {
    const { built, build, asked } = viewerFolder();
    built();
    expect(await build()).toBe('there');
    expect(asked()).toBe('');
  });

  test.each(['src/page/viewer.tsx', 'build.ts'])('is bundled again when %s has changed, without another install', async (name) => {
    const { built, put, build, asked } = viewerFolder();
    built();
    put(name, new Date());
    expect(await build()).toBe('built');
    expect(asked()).toBe('bundle');
  });

  test('is bundled again when a file of it is gone', async () => {
    const { folder, built, build, asked } = viewerFolder();
    built();
    rmSync(join(folder, 'src/main.tsx'));
    expect(await build()).toBe('built');
    expect(asked()).toBe('bundle');
  });

  test('is installed again when its libraries have changed', async () => {
    const { built, put, build, asked } = viewerFolder();
    built();
    put('package-lock.json', new Date(Date.now() - 1000));
    expect(await build()).toBe('built');
    expect(asked()).toBe('install bundle');
  });

  test('costs nothing else when it cannot be built', async () => {
    const { put, build, asked } = viewerFolder();
    put('broken', OLD);
    expect(await build()).toBe('failed');
    expect(asked()).toBe('install');
  });

  test('Ctrl-C while it is built ends the build, and is no failure', async () => {
    const { folder, put } = viewerFolder();
    put('slow', OLD);
    const up = spawn(process.execPath, ['--input-type=module', '--eval', UP, folder], {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    up.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => existsSync(join(folder, 'pid')), { timeout: 20_000 }).toBe(true);
    const npm = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    // As a terminal does: to the whole group.
    process.kill(-(up.pid ?? 0), 'SIGINT');
    await once(up, 'exit');
    expect(said).not.toContain('could not be built');
    expect(said).toContain('stopped');
    expect(() => process.kill(npm, 0)).toThrow('ESRCH');
  });
});
