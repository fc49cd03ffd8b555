/**
 * Adds the optional packages of other platforms to package-lock.json. npm leaves out what the registry it was run against does not
 * carry; `npm ci` then fails wherever the parent's `optionalDependencies` name a package that the lockfile lacks.
 * An added entry has a version and the platform read from the package's name, and no integrity: npm fills that in where it exists.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Another lockfile can be named: `node scripts/complete-lockfile.ts grafana/viewer/package-lock.json`. */
const LOCKFILE = process.argv[2] ?? new URL('../package-lock.json', import.meta.url);
const OPERATING_SYSTEMS = ['darwin', 'win32', 'linux', 'android', 'freebsd', 'openharmony', 'openbsd', 'netbsd', 'sunos', 'aix'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];
const EXACT_VERSION = /^[\^~=]?(\d+\.\d+\.\d+[\w.+-]*)$/;

const lockfile = JSON.parse(readFileSync(LOCKFILE, 'utf8')) as { packages: Record<string, LockedPackage> };
const added: Record<string, LockedPackage> = {};

for (const [parentPath, parent] of Object.entries(lockfile.packages)) {
  for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`, `${parentPath}/node_modules/${name}`];
    if (places.some((place) => place in lockfile.packages)) continue;
    const version = EXACT_VERSION.exec(range)?.[1];
    if (version)
      added[`node_modules/${name}`] = {
        version,
        ...platformOf(name),
        optional: true,
        ...(parent.dev ? { dev: true } : {}),
      } as LockedPackage;
  }
}

const packages = Object.fromEntries(Object.entries({ ...lockfile.packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(LOCKFILE, `${JSON.stringify({ ...lockfile, packages }, null, 2)}\n`);
console.log(`${Object.keys(added).length} optional packages of other platforms added`);

function platformOf(name: string) {
  const words = name.split(/[^a-z0-9]+/);
  const find = (known: readonly string[]) => known.find((word) => words.includes(word) || words.some((part) => part.startsWith(word)));
  const os = find(OPERATING_SYSTEMS);
  const cpu = find(PROCESSORS);
  return {
    ...(os ? { os: [os] } : {}),
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(words.some((word) => word.startsWith('musl')) ? { libc: ['musl'] } : {}),
  };
}
