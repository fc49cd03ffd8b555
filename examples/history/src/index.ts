export { history, type HistoryOptions } from './history.ts';
export { type Loaded, loadHistory, type LoadOptions } from './load-history.ts';
export { historyPriceLists, historyPricesYaml } from './prices.ts';
export { storyUntil, type Story } from './story.ts';
