import manifest from '../package.json' with { type: 'json' };

/** Name and version of the instrumentation scope that every span of ours carries. */
export const SCOPE = { name: manifest.name, version: manifest.version } as const;
