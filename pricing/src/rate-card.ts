import type { Meter } from '@tokenledger/model/meter';

/**
 * The data a price list is made of. Rates are text (`rate.ts`), dates are RFC 3339 dates or instants in UTC, ids are lower case.
 * Everything here is plain JSON, so that a list can be committed, diffed and sent by an API.
 */
export interface PriceList {
  readonly layer: Layer;
  readonly name: string;
  readonly version: string;
  /** The date of the newest knowledge in it: what price-book age is measured from. */
  readonly asOf: string;
  readonly cards: readonly RateCard[];
  readonly rules?: readonly RateRule[];
  readonly aliases?: readonly ModelAlias[];
  /** Where cards without a source of their own come from, by provider. */
  readonly sources?: Readonly<Record<string, string>>;
}

/** First match wins per rate, in this order. */
export const LAYERS = ['contract', 'operator', 'overlay', 'base'] as const;
export type Layer = (typeof LAYERS)[number];

export type Rates = Readonly<Partial<Record<Meter, string>>>;

/** What one model costs on one route under stated conditions. */
export interface RateCard extends Effective {
  /** Names the series: a card with the same id and a later date replaces this one from then on. */
  readonly id: string;
  readonly provider: string;
  /** Canonical model id; `*` for what every model of the provider shares, such as a web search fee. */
  readonly model: string;
  /** Other ids of the very same model, beside `model` itself. */
  readonly ids?: readonly string[];
  /** The card is for these ids alone, not for every id of the model. */
  readonly onlyIds?: readonly string[];
  /** Absent: the standard tier. */
  readonly serviceTier?: string;
  /** Absent: anywhere. */
  readonly regions?: readonly string[];
  readonly accounts?: readonly string[];
  readonly window?: Window;
  readonly rates: Rates;
  readonly contextTiers?: readonly ContextTier[];
  /** A quantity above zero is billed as at least this much: Groq bills ten seconds for three. */
  readonly minimums?: Readonly<Partial<Record<Meter, number>>>;
  /** Every token meter costs nothing, and that is known. */
  readonly free?: boolean;
  /** The card is complete: a meter it lacks is not looked up in cards behind it. */
  readonly complete?: boolean;
  /** What the price takes for granted because telemetry does not say it; such costs are `estimated`. */
  readonly assumes?: string;
  /** The list version it was read from, when not the list's own. */
  readonly version?: string;
  readonly source?: Source;
}

export interface Effective {
  /** First instant the price is in force; absent: always was. */
  readonly validFrom?: string;
  /** First instant it is no longer in force. */
  readonly validTo?: string;
  /** When the price became known here; absent: always was. Reports "as known on" an earlier date leave it out. */
  readonly knownFrom?: string;
  /** When it was found to be wrong or was replaced in hindsight. Only reports "as known on" an earlier date still use it. */
  readonly knownTo?: string;
}

/** A time of day in UTC as `HH:MM`, `to` exclusive; it may cross midnight. `days`: 0 is Sunday; absent: every day. */
export interface Window {
  readonly from: string;
  readonly to: string;
  readonly days?: readonly number[];
}

/** Rates for long inputs. `above` excludes its boundary, `from` includes it: providers differ by one token. */
export interface ContextTier {
  readonly above?: number;
  readonly from?: number;
  /** `cliff` (default): the whole request moves to these rates. `marginal`: only what lies beyond the boundary. */
  readonly mode?: 'cliff' | 'marginal';
  readonly rates: Rates;
}

export interface Source {
  readonly url: string;
  readonly checkedOn: string;
  /** Where the page was read, when not directly. */
  readonly via?: string;
}

/** A price stated relative to another: half price in batch, a regional premium, a negotiated discount, 1 h cache writes at 2 × input. */
export interface RateRule extends Effective {
  readonly id: string;
  readonly kind: RuleKind;
  readonly providers?: readonly string[];
  /** Canonical model ids; `*` stands for any text. Absent: every model. */
  readonly models?: readonly string[];
  readonly exceptModels?: readonly string[];
  /** `*`: every meter. Absent: every token meter, and for `discount` every meter. */
  readonly meters?: readonly (Meter | '*')[];
  /** Absent: any tier, for a `service_tier` rule none. */
  readonly serviceTiers?: readonly string[];
  /** `*` stands for any text. Absent: anywhere. */
  readonly regions?: readonly string[];
  readonly accounts?: readonly string[];
  /** Only for `derived`: the meter whose rate is multiplied. */
  readonly of?: Meter;
  /** A factor as text: `0.5`, `1.1`, `2/3`. */
  readonly multiply: string;
  readonly assumes?: string;
  readonly source?: Source;
}
export type RuleKind = 'service_tier' | 'region' | 'derived' | 'discount';

/** A name that stands for a model: an Azure deployment, an application inference profile, a moving `-latest`. */
export interface ModelAlias extends Effective {
  readonly provider: string;
  /** As the telemetry says it, lower case; `*` stands for any text. */
  readonly name: string;
  readonly model: string;
  /** Absent: the provider stays. */
  readonly toProvider?: string;
  readonly region?: string;
  readonly serviceTier?: string;
  readonly source?: Source;
}
