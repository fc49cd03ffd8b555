/** The receiving thread: started by front-thread.ts, asked by messages, gone with its process. */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';
import type { ThreadData } from './messages.ts';

// A thread does not share the cache of its process, and to compile what it loads is most of what it does to start.
const { compileCacheDir } = workerData as ThreadData;
if (compileCacheDir !== undefined) enableCompileCache(compileCacheDir);
await import('./answer-questions.ts');
flushCompileCache();
