import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

/** What each package may import of the others: DESIGN's one-way data flow. Nothing may import `instrumentation` but examples. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  pricing: ['model'],
  ledger: ['model'],
  instrumentation: ['model', 'pricing'],
  collector: ['model', 'pricing', 'ledger'],
  alerts: ['model', 'pricing', 'ledger'],
  'query-api': ['model', 'pricing', 'ledger'],
  grafana: ['model'],
  cli: ['model', 'pricing', 'ledger', 'collector', 'alerts', 'query-api', 'grafana', 'examples/simulator', 'examples/history'],
  'examples/simulator': ['model'],
  'examples/history': ['model', 'pricing', 'ledger', 'collector'],
  'examples/sample-app': ['instrumentation'],
};
const PACKAGES = Object.keys(MAY_IMPORT);
const NAME_TO_PACKAGE = new Map(PACKAGES.map((folder) => [manifest(folder).name, folder]));

function manifest(folder: string): { name: string; dependencies?: Record<string, string>; peerDependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
}

const IMPORT = /(?:\b(?:from|import)\s+|\b(?:import|require)\(\s*)['"]([^'"]+)['"]/g;

function imports(folder: string) {
  return globSync('src/**/*.ts', { cwd: join(ROOT, folder) }).flatMap((file) => {
    const path = join(ROOT, folder, file);
    return [...readFileSync(path, 'utf8').matchAll(IMPORT)].map((match) => ({ path, target: match[1] ?? '' }));
  });
}

const packageName = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

describe.each(PACKAGES)('%s', (folder) => {
  const found = imports(folder);

  test('imports point one way', () => {
    const allowed = MAY_IMPORT[folder] ?? [];
    const wrong = found
      .map(({ path, target }) => ({ path, target, owner: NAME_TO_PACKAGE.get(packageName(target)) }))
      .filter(({ owner }) => owner !== undefined && owner !== folder && !allowed.includes(owner))
      .map(({ path, target }) => `${relative(ROOT, path)} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  test('no relative import leaves the package', () => {
    const wrong = found
      .filter(({ path, target }) => target.startsWith('.') && !resolve(dirname(path), target).startsWith(join(ROOT, folder) + '/'))
      .map(({ path, target }) => `${relative(ROOT, path)} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  test('every imported package is declared', () => {
    const { name, dependencies, peerDependencies } = manifest(folder);
    const declared = new Set([name, ...Object.keys(dependencies ?? {}), ...Object.keys(peerDependencies ?? {})]);
    const bundled = folder === 'instrumentation' ? /^(@opentelemetry\/|@tokenledger\/)/ : /^$/;
    const wrong = found
      .filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'))
      .filter(({ target }) => !declared.has(packageName(target)) && !bundled.test(target))
      .map(({ path, target }) => `${relative(ROOT, path)} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  test('has a README of its own', () => {
    expect(existsSync(join(ROOT, folder, 'README.md'))).toBe(true);
  });
});
