import type { AttributeValue } from '../decode/otlp.ts';

/** The numbers of a span under one name each, before anybody decided what they contain. */
export const COUNT_FIELDS = [
  'input',
  'output',
  'total',
  'inputUncached',
  'cacheRead',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
  'audioCacheRead',
  'imageInput',
  'imageCacheRead',
  'videoInput',
  'toolInput',
  'compactionInput',
  'outputText',
  'reasoning',
  'audioOutput',
  'imageOutput',
  'videoOutput',
  'compactionOutput',
  'audioSeconds',
  'videoSeconds',
  'gpuSeconds',
  'characters',
  'images',
  'pages',
  'requests',
  'webSearches',
  'fileSearches',
  'codeSessions',
  'searchUnits',
] as const;
export type CountField = (typeof COUNT_FIELDS)[number];

/** What a span says in words and times. `…Ms` and `…Seconds` are numbers, `estimated` and `servedFromCache` are truth values. */
export const FACT_FIELDS = [
  'provider',
  'gateway',
  'serverAddress',
  'operation',
  'requestModel',
  'responseModel',
  'responseId',
  'serviceTier',
  'region',
  'finishReasons',
  'ttftSeconds',
  'ttftMs',
  'costUsd',
  'costCurrency',
  'costSource',
  'estimated',
  'servedFromCache',
  'errorType',
  'failed',
  'environment',
  'team',
  'feature',
  'customer',
  'user',
  'session',
  'run',
  'agent',
  'promptName',
  'promptVersion',
  'promptFingerprint',
  'promptTemplateFingerprint',
] as const;
export type FactField = (typeof FACT_FIELDS)[number];

export type Counts = Partial<Record<CountField, number>>;

export type Facts = Partial<Record<FactField, AttributeValue>>;

/** What differs from span to span of one emitter. What else a span says is the same as long as its attributes are. */
export const CHANGING_FACTS = [
  'responseId',
  'finishReasons',
  'ttftSeconds',
  'ttftMs',
  'costUsd',
  'customer',
  'user',
  'session',
  'run',
  'promptFingerprint',
  'promptTemplateFingerprint',
] as const satisfies readonly FactField[];
export type ChangingFact = (typeof CHANGING_FACTS)[number];
export type ChangingFacts = Pick<Facts, ChangingFact>;
