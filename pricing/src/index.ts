export { createPriceBook, type PriceBook, type PriceBookOptions } from './price-book.ts';
export * from './rate-card.ts';
