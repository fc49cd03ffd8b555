export { type Accountant, type AccountantOptions, createAccountant, type Posting, type Recall } from './account/accountant.ts';
export { type DecodedLogs, type DecodedTraces, DecodeError, decodeLogs, decodeTraces, type Encoding } from './decode/decode.ts';
export { isContentAttribute } from './decode/content.ts';
export type { Attributes, AttributeValue, OtlpEvent, OtlpLogRecord, OtlpScope, OtlpSpan, Rejection, RejectionCode } from './decode/otlp.ts';
export type { Observation, Role } from './understand/observation.ts';
export { observe } from './understand/observe.ts';
