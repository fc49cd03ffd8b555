#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Before anything else is loaded: types are stripped and code is compiled once per version, not at each start.
enableCompileCache();
const { run } = await import('./run.ts');
process.exit(await run(process.argv.slice(2)));
