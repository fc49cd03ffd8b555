/** Installs the platforms of the matrix: SDK releases with the packed instrumentation, and Node releases; all, or those that are named. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APP_PACKAGES, INSTALLED, NODES, SDKS } from './platforms.ts';

const PACKAGE = join(import.meta.dirname, '../..');

const named = process.argv.slice(2);
const isWanted = (name: string): boolean => named.length === 0 || named.includes(name);

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

function install(name: string, packages: readonly string[]): void {
  if (!isWanted(name)) return;
  const folder = join(INSTALLED, name);
  mkdirSync(folder, { recursive: true });
  const manifest = join(folder, 'package.json');
  // These put their binaries in place with an install script.
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true, "allowScripts": { "node": true, "bun": true, "deno": true } }');
  // Other instrumentations ask for releases that do not go together.
  const peers = name.startsWith('foreign') ? ['--legacy-peer-deps'] : [];
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...peers, ...packages], folder);
}

run(process.execPath, ['build/build.ts'], PACKAGE);
mkdirSync(INSTALLED, { recursive: true });
run('npm', ['pack', '--silent', '--pack-destination', INSTALLED], join(PACKAGE, 'dist'));
const tarball = join(INSTALLED, 'tokenledger-instrumentation-0.1.0.tgz');
for (const [name, packages] of Object.entries({ ...SDKS, ...APP_PACKAGES })) install(name, [...packages, tarball]);
for (const [name, node] of Object.entries(NODES)) install(name.replace(' ', '-'), [node]);
if (isWanted('next')) {
  cpSync(join(import.meta.dirname, 'apps/next'), join(INSTALLED, 'next'), { recursive: true });
  run('node_modules/.bin/next', ['build'], join(INSTALLED, 'next'));
}
install('package-checks', ['publint@0.3.25', '@arethetypeswrong/cli']);
if (isWanted('package-checks')) {
  run(join(INSTALLED, 'package-checks/node_modules/.bin/publint'), ['--strict', join(PACKAGE, 'dist')], PACKAGE);
  run(join(INSTALLED, 'package-checks/node_modules/.bin/attw'), [tarball], PACKAGE);
}
