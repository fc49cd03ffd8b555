import { dirname, join } from 'node:path';
import { object, parseObject } from '../json.ts';
import type { JsonObject } from '../observed-call.ts';
import { hasRegistry } from './carried-context.ts';

/** Packages that open spans by themselves, or whose users do. */
const TRACING =
  /^(?:@opentelemetry\/|@vercel\/otel$|ai$|@ai-sdk\/otel$|@?mastra|@?genkit|openlit$|@traceloop\/|@arizeai\/|@?langfuse|@sentry\/|next$|@mistralai\/)/;
const DEPENDENCIES = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
const MAX_STEPS_UP = 12;

/** Whether the app may open spans before its first call to a model: it has OpenTelemetry already, or its manifest names somebody who does. */
export function mayTrace(): boolean {
  if (hasRegistry()) return true;
  const folders = new Set([process.cwd(), dirname(process.argv[1] ?? join(process.cwd(), 'none'))]);
  const manifests = [...folders].map(nearestManifest);
  // Nobody knows what is in an app without a manifest, as bundled ones are.
  return manifests.some((manifest) => !manifest || namesTracing(manifest));
}

function namesTracing(manifest: JsonObject): boolean {
  return DEPENDENCIES.some((field) => Object.keys(object(manifest[field]) ?? {}).some((name) => TRACING.test(name)));
}

function nearestManifest(from: string): JsonObject | undefined {
  // An `import` of it would load streams, promises and all else there is of it.
  const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
  let folder = from;
  for (let steps = 0; steps < MAX_STEPS_UP; steps++) {
    const path = join(folder, 'package.json');
    // A manifest that only says how its modules are written is not the app's.
    const manifest = existsSync(path) ? parseObject(readFileSync(path, 'utf8')) : undefined;
    if (manifest && Object.keys(manifest).some((key) => key !== 'type')) return manifest;
    if (folder === dirname(folder)) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}
