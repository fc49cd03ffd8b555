import { readConfig } from './config.ts';
import { provideTracing } from './export/provider.ts';
import { guarded } from './guard.ts';
import { tapDiagnostics } from './wire/diagnostics-tap.ts';

const INSTALLED = Symbol.for('tokenledger.instrumentation');

/** Installs the instrumentation once per process, whichever copies of this package are imported, in ESM or CJS. */
export const install = guarded(() => {
  const shared = globalThis as { [INSTALLED]?: true };
  if (shared[INSTALLED]) return;
  shared[INSTALLED] = true;
  const config = readConfig();
  if (!config.isEnabled) return;
  if (config.exportsSpans) provideTracing(config);
  tapDiagnostics();
});
