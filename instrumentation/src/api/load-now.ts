import { fileURLToPath } from 'node:url';

/** The app's OpenTelemetry API, at once. In the CommonJS build this is a `require`. */
export function loadNow(): unknown {
  const path = fileURLToPath(import.meta.resolve('@opentelemetry/api'));
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(path);
}
