import type { AttributeValue, OtlpSpan } from '../decode/otlp.ts';
import type { Role } from './observation.ts';
import type { CountField, Counts, FactField } from './reading.ts';

/** What a value of an operation attribute means. `operation` is the OpenTelemetry name. */
export interface Meaning {
  readonly role: Role;
  readonly operation: string;
  /** What such a span is when it tells no usage, where that makes a difference. */
  readonly withoutUsage?: Role;
}

/**
 * How the numbers of an emitter read. The first profile of a dialect whose conditions all hold is taken.
 * `inclusive`: the total contains its parts. `exclusive`: cached (input) or reasoning (output) tokens stand beside it.
 * `disjoint`: no part is in it, not even audio or images. `twice`: reasoning was in it and was added once more. `unknown`: arithmetic alone decides, and says so.
 */
export interface Profile {
  readonly name: string;
  readonly scope?: RegExp;
  /** Versions of the emitter, such as `>=4 <6`; an emitter without a version fits every range. */
  readonly versions?: string;
  /** Whose API answers; Claude's is Anthropic's at every seller but Bedrock. */
  readonly providers?: readonly string[];
  /** The response's model, else the request's. */
  readonly models?: RegExp;
  readonly spanNames?: RegExp;
  /** Attributes that must all be there. */
  readonly having?: readonly string[];
  /** Attributes of which one must be there. */
  readonly havingAny?: readonly string[];
  readonly input: 'inclusive' | 'exclusive' | 'disjoint' | 'unknown';
  readonly output: 'inclusive' | 'exclusive' | 'disjoint' | 'twice' | 'unknown';
  /** `measured`: seen in captures of that emitter; `documented`: its specification says so. */
  readonly basis: 'measured' | 'documented' | 'assumed';
  /** Numbers the emitter makes up from text lengths and sends as usage. */
  readonly estimates?: 'input' | 'output' | 'all';
  /** Each request of a tool loop tells what those before it used as well. */
  readonly accumulates?: true;
}

/** For emitters nobody has described: arithmetic decides, and where it cannot, the OpenTelemetry conventions are assumed. */
export const UNKNOWN_EMITTER: Profile = { name: 'unknown-emitter', input: 'unknown', output: 'unknown', basis: 'assumed' };

/** What must be worked out from an attribute: JSON in it, or two facts in one text. Counts fill what the tables left open; facts replace. */
export interface Embedded {
  readonly counts: Counts;
  readonly facts?: Partial<Record<FactField, AttributeValue>>;
  /** The numbers as they stood there, for `explain`. */
  readonly raw: Readonly<Record<string, number>>;
  readonly origins?: Readonly<Partial<Record<CountField, string>>>;
  /** Overrides the profile: these numbers say by themselves how they read. */
  readonly profile?: Profile | undefined;
}

/** One family of attribute names. Every list of names is in order of preference. */
export interface Dialect {
  readonly name: string;
  /** Instrumentation scopes that write this dialect and no other. */
  readonly scopes: readonly RegExp[];
  /** Span names that only this dialect gives. */
  readonly names?: readonly RegExp[];
  /** Attributes that only this dialect writes; they choose it when the scope does not. */
  readonly markers: readonly string[];
  readonly counts: Partial<Record<CountField, readonly string[]>>;
  readonly facts: Partial<Record<FactField, readonly string[]>>;
  readonly operationNames: Readonly<Record<string, Meaning>>;
  /** For spans that do not name their operation. `undefined`: this is not about models. */
  readonly unnamed?: (span: OtlpSpan) => Meaning | undefined;
  readonly embedded?: (span: OtlpSpan) => Embedded | undefined;
  readonly profiles: readonly Profile[];
}
