export { importPriceList, type ImportedPriceList } from './import-price-list.ts';
export { overrideHistory, type OverrideEdition } from './override-history.ts';
export { overridesSchema, type Overrides } from './override-schema.ts';
export { priceListSchema } from './price-list-schema.ts';
export { parseOverrides, readOverrides, validateOverrides, type OverrideProblem, type ReadOverrides } from './read-overrides.ts';
