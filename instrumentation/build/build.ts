/**
 * Builds the package that is published, in `dist/`: ESM and CJS with types and everything inside, so that an app's own OpenTelemetry,
 * whichever its version, is never in conflict with ours.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import manifest from '../package.json' with { type: 'json' };

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
/** Where to, unless told. */
const DIST = process.argv[2] ?? join(PACKAGE, 'dist');

/** What the first call needs, not the start, stays a file of its own: as it is imported → its entry and its name. */
const APART: Readonly<Record<string, { readonly entry: string; readonly name: string }>> = {
  '@tokenledger/pricing': { entry: '@tokenledger/pricing', name: 'pricing' },
  './otlp-exporter.ts': { entry: join(PACKAGE, 'src/export/otlp-exporter.ts'), name: 'otlp' },
};
const apart: esbuild.Plugin = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /^[@.]/ }, ({ kind, path }) =>
      kind === 'dynamic-import' && APART[path] ? { path: `./${APART[path].name}.js`, external: true } : undefined,
    );
  },
};

/**
 * The OpenTelemetry API is in the package, without what registers: it only reads what any release has registered. The API takes what is
 * registered for what it is if its own release is not the newer one.
 */
const REGISTRY = JSON.stringify(join(PACKAGE, 'src/api/registry.ts'));
const builtIn: esbuild.Plugin = {
  name: 'built-in',
  setup(build) {
    // A detector we do not use loads it late; what is loaded late keeps all that it imports from being sorted out.
    build.onResolve({ filter: /\/machine-id\// }, ({ path }) => ({ path, external: true }));
    build.onLoad({ filter: /@opentelemetry\/api\/dist\/internal\/global-utils\.mjs$/ }, () => ({
      contents: `export { registered as getGlobal } from ${REGISTRY};
        export const registerGlobal = () => false;
        export const unregisterGlobal = () => {};`,
      resolveDir: PACKAGE,
    }));
    if (build.initialOptions.format !== 'cjs') return;
    build.onLoad({ filter: /\/api\/load-now\.ts$/ }, () => ({ contents: 'export const loadNow = (path) => require(path);' }));
  },
};

async function bundle(format: 'esm' | 'cjs'): Promise<void> {
  const outdir = join(DIST, format);
  await esbuild.build({
    entryPoints: {
      core: join(PACKAGE, 'src/core.ts'),
      ...Object.fromEntries(Object.values(APART).map(({ entry, name }) => [name, entry])),
    },
    absWorkingDir: PACKAGE,
    outdir,
    format,
    bundle: true,
    platform: 'node',
    target: 'node22.15',
    plugins: [apart, builtIn],
    // Where modules run in a context of their own, as jest has it, `require` works and `import()` does not.
    supported: { 'dynamic-import': format === 'esm' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'linked',
    logLevel: 'error',
  });
  const names = 'TokenledgerSpanProcessor, flush, recordOutcome, withAttribution, wrapFetch';
  const files =
    format === 'esm'
      ? { 'index.js': `export { ${names} } from './core.js';\n`, 'register.js': `import { install } from './core.js';\n\ninstall();\n` }
      : {
          'index.js': `const { ${names} } = require('./core.js');\n\nmodule.exports = { ${names} };\n`,
          'register.js': `require('./core.js').install();\n`,
        };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(outdir, name), text);
  writeFileSync(join(outdir, 'package.json'), `${JSON.stringify({ type: format === 'esm' ? 'module' : 'commonjs' })}\n`);
}

/** The declarations of what is public; they name no type of another package but the OpenTelemetry API's. */
const PUBLIC = ['index', 'flush', 'with-attribution', 'outcome', 'export/span-context-processor', 'wire/fetch-wrapper'];

function declare(): void {
  const declarations = join(DIST, 'declarations');
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const options = '--declaration --emitDeclarationOnly --module nodenext --target es2024 --strict --types node --skipLibCheck';
  const syntax = '--rewriteRelativeImportExtensions --verbatimModuleSyntax';
  const args = [tsc, '--ignoreConfig', ...`${options} ${syntax}`.split(' '), '--rootDir', PACKAGE, '--outDir', declarations];
  execFileSync(process.execPath, [...args, join(PACKAGE, 'src/index.ts')], { stdio: 'inherit' });
  for (const format of ['esm', 'cjs']) {
    for (const name of PUBLIC) {
      const text = readFileSync(join(declarations, 'src', `${name}.d.ts`), 'utf8').replaceAll(/'(\.[^']+)\.ts'/g, "'$1.js'");
      const file = join(DIST, format, `${name}.d.ts`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    writeFileSync(join(DIST, format, 'register.d.ts'), 'export {};\n');
  }
  rmSync(declarations, { recursive: true });
}

function describe(): void {
  const { name, version, description, license, engines } = manifest;
  const entry = (file: string): object => ({
    import: { types: `./esm/${file}.d.ts`, default: `./esm/${file}.js` },
    require: { types: `./cjs/${file}.d.ts`, default: `./cjs/${file}.js` },
  });
  const published = {
    name,
    version,
    description,
    license,
    type: 'module',
    engines,
    keywords: ['opentelemetry', 'genai', 'llm', 'cost', 'openai', 'anthropic'],
    main: './cjs/index.js',
    types: './cjs/index.d.ts',
    exports: { '.': entry('index'), './register': entry('register'), './package.json': './package.json' },
    files: ['esm', 'cjs', 'register'],
    sideEffects: ['./esm/register.js', './cjs/register.js'],
    // Not a peer: package managers that install none would leave the app unable to start. Where the app has it, it is the app's.
    dependencies: { '@opentelemetry/api': '>=1.9 <2' },
  };
  writeFileSync(join(DIST, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  // For resolvers older than `exports`.
  mkdirSync(join(DIST, 'register'));
  writeFileSync(join(DIST, 'register/package.json'), '{ "main": "../cjs/register.js", "types": "../cjs/register.d.ts" }\n');
  for (const page of ['README.md', 'COMPARISON.md']) cpSync(join(PACKAGE, page), join(DIST, page));
  cpSync(join(PACKAGE, '..', 'LICENSE'), join(DIST, 'LICENSE'));
}

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
await Promise.all([bundle('esm'), bundle('cjs')]);
declare();
describe();
