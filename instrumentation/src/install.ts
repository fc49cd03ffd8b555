import { bridgeAiSdk } from './bridges/ai-sdk.ts';
import { readConfig } from './config.ts';
import { enableContent } from './content.ts';
import { deliver } from './deliver.ts';
import { provideTracing } from './export/provider.ts';
import { enableFingerprints } from './fingerprint.ts';
import { guarded } from './guard.ts';
import { installed, setInstalled } from './installed.ts';
import { takeOver } from './realm.ts';
import { wrapFetch } from './wire/fetch-wrapper.ts';
import { includeUsage } from './wire/include-usage.ts';
import { tapNodeHttp } from './wire/node-http-tap.ts';
import { tapNodeHttp2 } from './wire/node-http2-tap.ts';
import { tapUndici } from './wire/undici-tap.ts';

/** How long an app that asks for delivery waits for it. */
const PATIENCE_MS = 5_000;

/** Installs the instrumentation once, whichever copies of this package are imported, in ESM or CJS. */
export const install = guarded(() => {
  if (installed()) return;
  const config = readConfig();
  setInstalled({
    deliver: config.isEnabled ? deliver : () => Promise.resolve(),
    patienceMs: Math.max(PATIENCE_MS, config.exportTimeoutMs),
  });
  if (!config.isEnabled) return;
  takeOver();
  if (config.toCollector || config.toConsole) provideTracing();
  if (config.fingerprintKey) enableFingerprints(config.fingerprintKey);
  if (config.capturesContent) enableContent();
  const { bun, deno } = process.versions;
  // Their `fetch` is no undici: no channel tells of it.
  if (bun ?? deno) globalThis.fetch = wrapFetch(globalThis.fetch);
  tapUndici();
  tapNodeHttp();
  tapNodeHttp2();
  bridgeAiSdk();
  if (config.includesUsage) globalThis.fetch = includeUsage(globalThis.fetch);
});
