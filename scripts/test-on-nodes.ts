/**
 * Runs the tests on other Nodes than the one that is installed with the rest:
 *
 *     npm run test:nodes [-- <names of test files, as vitest takes them>]
 *
 * Each Node comes from npm into a temporary folder; the first failure is the result.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The oldest that runs TypeScript as it is (below, only the built instrumentation runs), and the newest. */
const NODES = ['22.18.0', '26.10.0'];
const VITEST = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname;

for (const version of NODES) {
  const folder = mkdtempSync(join(tmpdir(), `node-${version}-`));
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ allowScripts: { node: true } }));
    execFileSync('npm', ['install', '--no-audit', '--no-fund', `node@${version}`], { cwd: folder, stdio: 'inherit' });
    const bin = join(folder, 'node_modules/node/bin');
    console.log(`\nNode ${version}`);
    const { status } = spawnSync(join(bin, 'node'), [VITEST, 'run', ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: { ...process.env, PATH: [bin, process.env['PATH']].join(delimiter) },
    });
    if (status !== 0) process.exit(status ?? 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
