/**
 * Builds the viewer into dist/: one script, one page, the icons. `npm install && npm run build` in this folder; Node's npm fetches
 * about 450 MB of Grafana's libraries for it, none of which the result needs.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const HERE = import.meta.dirname;
const OUT = join(HERE, 'dist');

/** What the libraries import for things that no dashboard of ours shows, and what stands in: without it the script is half as large. */
const INSTEAD: Readonly<Record<string, string>> = {
  // The code editor, of `CodeEditor` alone.
  'monaco-editor': join(HERE, 'src/nothing.ts'),
  // Geometries in cells of tables.
  'ol/format/WKT': join(HERE, 'src/nothing.ts'),
  // Time zones as they were since 1850; calls are not so old.
  'moment-timezone': join(HERE, 'node_modules/moment-timezone/builds/moment-timezone-with-data-10-year-range.js'),
};

mkdirSync(OUT, { recursive: true });
const before = readdirSync(OUT);

const { metafile } = await build({
  entryPoints: [join(HERE, 'src/main.tsx')],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  outdir: OUT,
  entryNames: 'viewer-[hash]',
  metafile: true,
  jsx: 'automatic',
  mainFields: ['browser', 'module', 'main'],
  alias: INSTEAD,
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  loader: { '.ttf': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl', '.svg': 'dataurl' },
  logLevel: 'error',
  plugins: [
    {
      name: 'react-router-5',
      setup(bundler) {
        bundler.onResolve({ filter: /^react-router-dom$/ }, ({ importer }) =>
          importer.includes('v5-compat') ? { path: join(HERE, 'src/react-router-shim.ts') } : undefined,
        );
      },
    },
  ],
});

const outputs = Object.keys(metafile.outputs).map((path) => path.slice(path.lastIndexOf('/') + 1));
const script = outputs.find((name) => name.endsWith('.js'));
const style = outputs.find((name) => name.endsWith('.css'));

// Compressed once here, not on each request.
for (const name of outputs) {
  const bytes = readFileSync(join(OUT, name));
  writeFileSync(join(OUT, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(OUT, `${name}.br`), brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}

const ICONS = join(OUT, 'public/build/img/icons');
cpSync(join(HERE, 'node_modules/@grafana/ui/dist/public/img/icons'), ICONS, { recursive: true });
// Icons that the components ask for and the package does not have.
const icon = (name: string) => join(ICONS, `unicons/${name}.svg`);
writeFileSync(
  icon('angle-double-left'),
  readFileSync(icon('angle-double-right'), 'utf8').replace('<svg ', '<svg transform="scale(-1 1)" '),
);
cpSync(icon('sync'), icon('sync-slash'));

// Grafana's style sheet names Inter by these addresses.
const FONTS = join(OUT, 'public/fonts/inter');
mkdirSync(FONTS, { recursive: true });
for (const [weight, name] of [
  [400, 'Regular'],
  [500, 'Medium'],
] as const) {
  cpSync(join(HERE, `node_modules/@fontsource/inter/files/inter-latin-${weight}-normal.woff2`), join(FONTS, `Inter-${name}.woff2`));
}

// Last, because who finds the page expects the rest.
writeFileSync(
  join(OUT, 'index.html'),
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Tokenledger</title>
    ${style ? `<link rel="stylesheet" href="/${style}" />` : ''}
    <link rel="preload" href="/dashboards.json" as="fetch" crossorigin="anonymous" />
    <script type="module" src="/${script}"></script>
  </head>
  <body>
    <div id="root"></div>
  </body>
</html>
`,
);

// What an earlier build left: until here it was served.
for (const name of before.filter((name) => name.startsWith('viewer-') && !outputs.some((kept) => name.startsWith(kept))))
  rmSync(join(OUT, name));

process.stdout.write(`grafana/viewer/dist: ${script} ${Math.round(readFileSync(join(OUT, `${script}.br`)).length / 1024)} KB compressed\n`);
