import { compareText } from './price-index.ts';
import type { Effective, PriceList, RateCard } from './rate-card.ts';

export interface Accrual {
  /** The date from which the newer list is known here, usually its release. */
  readonly knownOn: string;
  /**
   * What a different price without a date of its own means. `changed` (default): it holds from `knownOn`, the older price before.
   * `corrected`: the older price was wrong, or the newer list dates its changes itself.
   */
  readonly undated?: 'changed' | 'corrected';
}

/**
 * A list that knows all that both know: nothing of the older list is lost, and what the newer one says differently is added with
 * its dates. Models that the newer list dropped stay, because past calls still need their prices. Meters that the newer list adds
 * to an unchanged price hold for the past too.
 */
export function accrueHistory(older: PriceList, newer: PriceList, { knownOn, undated = 'changed' }: Accrual): PriceList {
  const before = bySeries(older.cards);
  const after = bySeries(newer.cards);
  const cards: RateCard[] = [];
  for (const [id, olderSeries] of before) {
    const newerSeries = after.get(id);
    const current = olderSeries.filter(({ knownTo }) => knownTo === undefined);
    if (!newerSeries) cards.push(...olderSeries.map((card) => ({ ...card, version: card.version ?? older.version })));
    else if (sameSeries(current, newerSeries))
      cards.push(
        ...olderSeries.filter(({ knownTo }) => knownTo !== undefined),
        ...newerSeries.map((card, i) => keepKnown(card, current[i])),
      );
    else if (undated === 'changed' && isInForce(current, newerSeries)) cards.push(...olderSeries);
    else cards.push(...replaceSeries(olderSeries, newerSeries, older.version, { knownOn, undated }));
  }
  for (const [id, series] of after) if (!before.has(id)) cards.push(...series.map((card) => ({ ...card, knownFrom: knownOn })));
  return { ...newer, cards, sources: { ...older.sources, ...newer.sources } };
}

function replaceSeries(
  olderSeries: readonly RateCard[],
  newerSeries: readonly RateCard[],
  version: string,
  { knownOn, undated }: Required<Accrual>,
): RateCard[] {
  const superseded = olderSeries.map((card) => ({ ...card, version: card.version ?? version, knownTo: card.knownTo ?? knownOn }));
  const known = newerSeries.map((card) => ({ ...card, knownFrom: knownOn }));
  const current = olderSeries.filter(({ knownTo }) => knownTo === undefined);
  const first = newerSeries.find(({ validFrom }) => validFrom === undefined);
  const firstBefore = current.find(({ validFrom }) => validFrom === undefined);
  const changed = undated === 'changed' && first && firstBefore && !extendsCard(firstBefore, first);
  if (!changed) return [...superseded, ...known];
  return [
    ...superseded,
    ...current.map((card) => ({ ...card, version: card.version ?? version, knownFrom: knownOn })),
    ...known.map((card) => (card.validFrom === undefined ? { ...card, validFrom: knownOn } : card)),
  ];
}

/** Whether the newer card says everything the older one says, and perhaps more. */
function extendsCard(older: RateCard, newer: RateCard): boolean {
  const tiersBefore = older.contextTiers ?? [];
  return (
    Object.entries(older.rates).every(([meter, rate]) =>
      Object.entries(newer.rates).some(([key, value]) => key === meter && value === rate),
    ) &&
    (tiersBefore.length === 0 || JSON.stringify(tiersBefore) === JSON.stringify(newer.contextTiers ?? []))
  );
}

function bySeries(cards: readonly RateCard[]): Map<string, RateCard[]> {
  const series = new Map<string, RateCard[]>();
  for (const card of cards) {
    const entries = series.get(card.id);
    if (entries) entries.push(card);
    else series.set(card.id, [card]);
  }
  return series;
}

function sameSeries(older: readonly RateCard[], newer: readonly RateCard[]): boolean {
  return older.length === newer.length && older.every((card, i) => priceText(card) === priceText(newer[i]));
}

/** Whether the newer list still says what is in force since an earlier change: it has one price and does not date it. */
function isInForce(current: readonly RateCard[], [only, ...more]: readonly RateCard[]): boolean {
  const latest = current.toSorted((a, b) => compareText(a.validFrom ?? '', b.validFrom ?? '')).at(-1);
  if (!latest || !only || only.validFrom !== undefined || more.length > 0) return false;
  const { validFrom: _since, ...undated } = latest;
  return priceText(undated) === priceText(only);
}

/** What a card says about the price, without where it was read and since when it is known. */
export function priceText(card: RateCard | undefined): string {
  if (!card) return '';
  const { ids: _ids, version: _version, source: _source, knownFrom: _from, knownTo: _to, ...said } = card;
  return JSON.stringify(said);
}

function keepKnown(card: RateCard, older: Effective | undefined): RateCard {
  return older?.knownFrom === undefined ? card : { ...card, knownFrom: older.knownFrom };
}
