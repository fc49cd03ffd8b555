import type { Attributes, Context } from '@opentelemetry/api';
import { TOKENLEDGER_ATTRIBUTES } from '@tokenledger/model/semconv';
import { activeContext, runWithin } from './api/carried-context.ts';
import { carryContext } from './api/connect.ts';
import { attachToProvider } from './attach.ts';
import { overrideAttributes } from './attribution.ts';
import { guarded, report } from './guard.ts';

/** Who caused the calls inside. What is not given is inherited from the enclosing `withAttribution`. */
export interface Attribution {
  readonly team?: string;
  readonly feature?: string;
  readonly customer?: string;
  readonly user?: string;
  readonly session?: string;
  readonly run?: string;
  readonly environment?: string;
  readonly promptName?: string;
  readonly promptVersion?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const MAX_CHARS = 256;
const MAX_TAGS = 32;

const NAMES: Readonly<Record<Exclude<keyof Attribution, 'tags'>, string>> = {
  team: TOKENLEDGER_ATTRIBUTES.team,
  feature: TOKENLEDGER_ATTRIBUTES.feature,
  customer: TOKENLEDGER_ATTRIBUTES.customer,
  user: TOKENLEDGER_ATTRIBUTES.user,
  session: TOKENLEDGER_ATTRIBUTES.session,
  run: TOKENLEDGER_ATTRIBUTES.run,
  environment: TOKENLEDGER_ATTRIBUTES.environment,
  promptName: 'gen_ai.prompt.name',
  promptVersion: 'gen_ai.prompt.version',
};

const prepare = guarded(() => {
  carryContext();
  // From here on the spans of others, too, are to say whose they are.
  attachToProvider();
});

/**
 * Runs `fn` so that every model call inside it, however deep and asynchronous, is counted to this attribution. It travels in
 * OpenTelemetry's context within the process and never leaves it: nothing is added to any request.
 */
export function withAttribution<T>(attribution: Attribution, fn: () => T): T {
  prepare();
  return runWithin(attributed(activeContext(), attribution), fn);
}

/** Callers without types pass what is none: then nobody is named, and the app's work is done all the same. */
function attributed(active: Context, attribution: Attribution): Context {
  try {
    return overrideAttributes(active, toAttributes(attribution));
  } catch (error) {
    report(error);
    return active;
  }
}

function toAttributes(attribution: Attribution): Attributes {
  const attributes: Attributes = {};
  for (const [field, name] of Object.entries(NAMES)) set(attributes, name, attribution[field as keyof typeof NAMES]);
  for (const [tag, value] of Object.entries(attribution.tags ?? {}).slice(0, MAX_TAGS)) {
    set(attributes, TOKENLEDGER_ATTRIBUTES.tagPrefix + tag.slice(0, MAX_CHARS), value);
  }
  return attributes;
}

/** Callers without types pass numbers and nulls: ids become text, nothing becomes nothing. */
function set(attributes: Attributes, name: string, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    attributes[name] = String(value).slice(0, MAX_CHARS);
}
