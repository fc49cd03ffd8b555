import type { Semantics } from '@tokenledger/model';
import type { Profile } from './dialect.ts';
import type { Evidence } from './observation.ts';

const NONE: readonly never[] = [];

/** Collects how a decision was reached while the sides of usage are read. */
export class Verdict {
  confidence: Semantics['confidence'] = 'certain';
  /** Lists of their own length: there are few, and one for each span. */
  flags: readonly string[] = NONE;
  evidence: readonly Evidence[] = NONE;
  readonly #profile: Profile;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** A decision that rests on the profile alone. */
  byProfile(detail: ProfileDetail): void {
    const { confidence, sayings } = sayingsOf(this.#profile);
    this.lower(confidence);
    for (const said of sayings) {
      if (said.detail !== detail) continue;
      this.evidence = withLast(this.evidence, said.evidence);
      return;
    }
  }

  byArithmetic(rule: string, detail: string): void {
    this.evidence = withLast(this.evidence, { rule, detail });
  }

  contradiction(flag: string, rule: string, detail: string): void {
    this.flags = withLast(this.flags, flag);
    this.lower('likely');
    this.byArithmetic(rule, detail);
  }

  lower(to: Semantics['confidence']): void {
    if (this.confidence === 'certain' || to === 'guess') this.confidence = to;
  }
}

/** Mostly there are one or two, and a list that is spread first has room for seventeen. */
function withLast<Item>(list: readonly Item[], item: Item): readonly Item[] {
  const [first] = list;
  if (first === undefined) return [item];
  return list.length === 1 ? [first, item] : [...list, item];
}

const BASIS_CONFIDENCE = { measured: 'certain', documented: 'likely', assumed: 'guess' } as const satisfies Record<
  Profile['basis'],
  Semantics['confidence']
>;

/** What a profile says of a total. */
const PROFILE_DETAILS = [
  'input contains no part',
  'input excludes cached tokens',
  'input contains cached tokens',
  'output contains no part',
  'output excludes reasoning',
  'output contains reasoning',
  'output contains reasoning twice',
] as const;
type ProfileDetail = (typeof PROFILE_DETAILS)[number];

interface Sayings {
  readonly confidence: Semantics['confidence'];
  /** A few, and looked through: a name that differs from call to call is what the engine finds slowest. */
  readonly sayings: readonly { readonly detail: ProfileDetail; readonly evidence: Evidence }[];
}

/** Said of nearly every call: one object each, for as long as the profile is there. */
const saidByProfile = new WeakMap<Profile, Sayings>();
let last: { readonly profile: Profile; readonly said: Sayings } | undefined;

function sayingsOf(profile: Profile): Sayings {
  if (last?.profile === profile) return last.said;
  const said = saidByProfile.get(profile) ?? {
    confidence: BASIS_CONFIDENCE[profile.basis],
    sayings: PROFILE_DETAILS.map((detail) => ({ detail, evidence: { rule: 'profile', detail: `${profile.name}: ${detail}` } })),
  };
  saidByProfile.set(profile, said);
  last = { profile, said };
  return said;
}
