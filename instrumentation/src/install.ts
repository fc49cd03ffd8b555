import { bridgeAiSdk } from './bridges/ai-sdk.ts';
import { readConfig } from './config.ts';
import { enableContent } from './content.ts';
import { provideTracing } from './export/provider.ts';
import { enableFingerprints } from './fingerprint.ts';
import { guarded } from './guard.ts';
import { takeOver } from './realm.ts';
import { includeUsage } from './wire/include-usage.ts';
import { tapNodeHttp } from './wire/node-http-tap.ts';
import { tapNodeHttp2 } from './wire/node-http2-tap.ts';
import { tapUndici } from './wire/undici-tap.ts';

const INSTALLED = Symbol.for('tokenledger.instrumentation');

/** Installs the instrumentation once, whichever copies of this package are imported, in ESM or CJS. */
export const install = guarded(() => {
  const shared = globalThis as { [INSTALLED]?: true };
  if (shared[INSTALLED]) return;
  shared[INSTALLED] = true;
  const config = readConfig();
  if (!config.isEnabled) return;
  takeOver();
  if (config.exportsSpans) provideTracing(config);
  if (config.fingerprintKey) enableFingerprints(config.fingerprintKey);
  if (config.capturesContent) enableContent();
  tapUndici();
  tapNodeHttp();
  tapNodeHttp2();
  bridgeAiSdk();
  if (config.includesUsage) globalThis.fetch = includeUsage(globalThis.fetch);
});
