import { readConfig } from './config.ts';
import { guarded } from './guard.ts';
import { observeCall } from './observe.ts';
import { provideTracing } from './sdk.ts';
import { tapDiagnostics } from './wire/diagnostics-tap.ts';

const INSTALLED = Symbol.for('tokenledger.instrumentation');

/** Installs the instrumentation once per process, whichever copies of this package are imported, in ESM or CJS. */
export const install = guarded(() => {
  const shared = globalThis as { [INSTALLED]?: true };
  if (shared[INSTALLED]) return;
  shared[INSTALLED] = true;
  const config = readConfig();
  if (!config.isEnabled) return;
  provideTracing(config);
  tapDiagnostics(observeCall);
});
