import type { AttributeValue, OtlpSpan } from '../decode/otlp.ts';
import type { Dialect, Embedded, Meaning, Profile } from './dialect.ts';
import { addEmbedded } from './embedded.ts';
import { DIALECTS } from './dialects/index.ts';
import { formOf, isTrue, toObservation } from './form.ts';
import type { Evidence, Observation } from './observation.ts';
import { pickDialect, pickProfile } from './pick.ts';
import { findBiller, isBedrockIdOf, isVendorName } from './providers.ts';
import { compileSlots, type Reading, readAttributes, type SlotTable, toText } from './read.ts';
import { Retelling } from './retell.ts';
import type { Understood } from './understood.ts';
import { type ReadUsage, readUsage } from './usage.ts';

const SLOTS = new Map<Dialect, SlotTable>(DIALECTS.map((dialect) => [dialect, compileSlots(dialect)]));
/** What any span may tell: who caused what happens below it. */
const COMMON_SLOTS = compileSlots({ counts: {}, facts: {} });

const NOT_ABOUT_MODELS: Understood = {
  role: 'other',
  dialect: 'none',
  operation: '',
  provider: '',
  gateway: undefined,
  region: undefined,
  requestModel: undefined,
  responseModel: undefined,
  usage: {},
  estimated: false,
  semantics: { profile: 'none', confidence: 'certain', flags: [] },
  evidence: [],
  profile: undefined,
};

/** What a span says about money: pure, from this span alone, never throws. Prompts and answers are not looked at. */
export const observe = createObserver();

/** One that remembers nothing yet; what is remembered changes nothing but the time it takes. */
export function createObserver(): (span: OtlpSpan) => Observation {
  const retelling = new Retelling();
  return (span) => retelling.retell(span) ?? observeAlone(span, retelling);
}

function observeAlone(span: OtlpSpan, retelling: Retelling): Observation {
  const dialect = pickDialect(span);
  const table = (dialect && SLOTS.get(dialect)) ?? COMMON_SLOTS;
  const reading = readAttributes(span.attributes, table);
  const embedded = dialect?.embedded?.(span);
  if (embedded) addEmbedded(reading, embedded);
  const { understood, read } = (dialect && understand(span, dialect, { reading, embedded })) ?? {
    understood: NOT_ABOUT_MODELS,
    read: undefined,
  };
  const form = formOf(span, reading, understood);
  if (reading.flags.length === 0) retelling.keep(span, { table, readEmbedded: dialect?.embedded }, { form, read, embedded });
  return toObservation(span, form, { usage: understood.usage, rawUsage: reading.raw, tags: reading.tags, facts: reading.facts });
}

/** `undefined`: the span bears the marks of a dialect, and yet is not about models. */
function understand(
  span: OtlpSpan,
  dialect: Dialect,
  { reading, embedded }: { readonly reading: Reading; readonly embedded: Embedded | undefined },
): { readonly understood: Understood; readonly read: ReadUsage } | undefined {
  const meaning = findMeaning(span, dialect, reading);
  if (!meaning) return undefined;
  const { facts, counts, meters } = reading;
  const requestModel = modelName(facts.requestModel, facts.provider);
  const answering = modelName(facts.responseModel, facts.provider);
  const responseModel =
    requestModel !== undefined && answering !== undefined && isBedrockIdOf(requestModel, answering) ? requestModel : answering;
  const biller = findBiller(toText(facts.provider), responseModel ?? requestModel, toText(facts.serverAddress), span.name);
  const profile = embedded?.profile ?? pickProfile(span, dialect, biller.provider, responseModel ?? requestModel);
  const read = readUsage(counts, profile, biller.provider, meaning.operation);
  const { usage, confidence, flags, evidence } = read;
  const understood: Understood = {
    role: meaning.role,
    dialect: dialect.name,
    operation: meaning.operation,
    provider: biller.provider,
    gateway: biller.gateway,
    region: biller.region,
    requestModel,
    responseModel,
    usage: meters === undefined ? usage : { ...usage, ...meters },
    estimated: profile.estimates !== undefined || isTrue(facts.estimated),
    semantics: {
      profile: profile.name,
      confidence,
      flags: profile.basis === 'assumed' ? [...reading.flags, ...flags, 'unknown_emitter'] : [...reading.flags, ...flags],
    },
    evidence: [profileEvidence(span, dialect, profile), ...evidence],
    profile,
  };
  return { understood, read };
}

function findMeaning(span: OtlpSpan, { operationNames, unnamed }: Dialect, { facts, hasCounts }: Reading): Meaning | undefined {
  const named = toText(facts.operation);
  if (named === undefined) return unnamed?.(span) ?? (hasCounts ? { role: 'inference', operation: 'chat' } : undefined);
  const meaning = Object.hasOwn(operationNames, named) ? operationNames[named] : undefined;
  if (!meaning) return { role: hasCounts ? 'inference' : 'other', operation: named };
  return meaning.withoutUsage && !hasCounts ? { ...meaning, role: meaning.withoutUsage } : meaning;
}

/** What emitters write where they know no model. */
const NO_MODELS: ReadonlySet<AttributeValue | undefined> = new Set(['none', 'None', 'unknown']);

/** Some emitters write the provider or the vendor where the model should stand, or cut all else off: that is no model. */
function modelName(model: AttributeValue | undefined, provider: AttributeValue | undefined): string | undefined {
  if (model === provider || NO_MODELS.has(model) || (typeof model === 'string' && isVendorName(model))) return undefined;
  return toText(model);
}

function profileEvidence({ scope }: OtlpSpan, dialect: Dialect, profile: Profile): Evidence {
  const emitter = `${scope.name || 'unnamed scope'}${scope.version ? `@${scope.version}` : ''}`;
  return { rule: 'dialect', detail: `${emitter} speaks ${dialect.name}; numbers read as ${profile.name} (${profile.basis})` };
}
