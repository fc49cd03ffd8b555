import { createPriceBook, type PriceBook, type PriceBookOptions } from './price-book.ts';

/** A price book whose lists can be replaced while others hold it: the next price comes from the new ones. */
export interface LivePriceBook extends PriceBook {
  /** The book of now, which stays as it is when the lists are replaced. */
  readonly current: PriceBook;
  replace(options: PriceBookOptions): void;
}

export function createLivePriceBook(options: PriceBookOptions = {}): LivePriceBook {
  let book = createPriceBook(options);
  return {
    get current() {
      return book;
    },
    get version() {
      return book.version;
    },
    get lists() {
      return book.lists;
    },
    price: (request) => book.price(request),
    priceInclusive: (request) => book.priceInclusive(request),
    explain: (request) => book.explain(request),
    cards: (filter) => book.cards(filter),
    candidates: (provider, model) => book.candidates(provider, model),
    asKnownOn: (knownOn) => book.asKnownOn(knownOn),
    replace(next) {
      book = createPriceBook(next);
    },
  };
}
