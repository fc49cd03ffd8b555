import type { OtlpScope, OtlpSpan } from '../decode/otlp.ts';
import { type Dialect, type Profile, UNKNOWN_EMITTER } from './dialect.ts';
import { DIALECTS } from './dialects/index.ts';
import { apiOf } from './providers.ts';
import { inVersions } from './versions.ts';

const NAMING = DIALECTS.filter(({ names }) => names !== undefined);

/** Emitters are few; a sender that invents scope names costs a new look-up each, and no memory beyond this. */
const MOST_EMITTERS = 1024;
const dialectByScope = new Map<string, Dialect | undefined>();
const profilesByEmitter = new Map<string, readonly Profile[]>();

/** Which names a span uses: by its scope or name where these are telling, else by an attribute that only one dialect writes. */
export function pickDialect({ name, scope, attributes }: OtlpSpan): Dialect | undefined {
  return (
    NAMING.find(({ names }) => names?.some((pattern) => pattern.test(name))) ??
    dialectOfScope(scope.name) ??
    DIALECTS.find(({ markers }) => markers.some((marker) => attributes.has(marker)))
  );
}

function dialectOfScope(scope: string): Dialect | undefined {
  return remember(dialectByScope, scope, () => DIALECTS.find(({ scopes }) => scopes.some((pattern) => pattern.test(scope))));
}

/** How the span's numbers read: the first profile of its dialect that fits emitter, version, provider, model and attributes. */
export function pickProfile({ name, scope, attributes }: OtlpSpan, dialect: Dialect, provider: string, model = ''): Profile {
  const api = apiOf(provider, model);
  const fitting = profilesOf(dialect, scope).find(
    ({ providers, models, spanNames, having, havingAny }) =>
      (providers === undefined || providers.includes(api)) &&
      (models === undefined || models.test(model)) &&
      (spanNames === undefined || spanNames.test(name)) &&
      (having === undefined || having.every((key) => attributes.has(key))) &&
      (havingAny === undefined || havingAny.some((key) => attributes.has(key))),
  );
  return fitting ?? UNKNOWN_EMITTER;
}

function profilesOf(dialect: Dialect, emitter: OtlpScope): readonly Profile[] {
  return remember(profilesByEmitter, `${dialect.name}/${emitter.name}@${emitter.version}`, () =>
    dialect.profiles.filter(
      ({ scope, versions }) =>
        (scope === undefined || scope.test(emitter.name)) && (versions === undefined || inVersions(emitter.version, versions)),
    ),
  );
}

function remember<Value>(known: Map<string, Value>, key: string, find: () => Value): Value {
  const value = known.get(key);
  if (value !== undefined || known.has(key)) return value as Value;
  if (known.size >= MOST_EMITTERS) known.clear();
  const found = find();
  known.set(key, found);
  return found;
}
