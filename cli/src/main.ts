#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=262144 MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=16
// The settings above save 40 to 100 MB under load: glibc gives large freed buffers back, and V8's young generation stays small.
import { enableCompileCache } from 'node:module';

// Before anything else is loaded: types are stripped and code is compiled once per version, not at each start.
enableCompileCache();
const { run } = await import('./run.ts');
process.exit(await run(process.argv.slice(2)));
