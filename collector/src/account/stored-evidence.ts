import type { StoredSpan } from '@tokenledger/ledger';
import { type Call, formatUsd } from '@tokenledger/model';
import type { Evidence, Observation } from '../understand/observation.ts';

/** What a row of the ledger was judged from: the span's own observation, and what its neighbours had to do with the verdict. */
export interface StoredEvidence {
  readonly span: Observation;
  readonly judged: readonly Evidence[];
}

type Field = keyof Observation;

/** What an observation and every row say under the same names. */
const OF_ANY_ROW = [
  'traceId',
  'spanId',
  'parentSpanId',
  'name',
  'timeMs',
  'durationMs',
  'status',
  'errorType',
  'scope',
  'service',
  'environment',
  'team',
  'feature',
  'customer',
  'user',
  'session',
  'run',
  'agent',
  'tags',
] as const satisfies readonly Field[];

/** What a call says beside that. The cost that was reported is in its row, too, as money. */
const OF_A_CALL = [
  'ttftMs',
  'provider',
  'gateway',
  'operation',
  'requestModel',
  'serviceTier',
  'region',
  'responseId',
  'finishReasons',
  'promptName',
  'promptVersion',
  'promptFingerprint',
  'promptTemplateFingerprint',
  'usage',
  'rawUsage',
  'estimated',
  'semantics',
] as const satisfies readonly Field[];

/** What no row has a column for. */
const OF_NO_ROW = [
  'role',
  'dialect',
  'responseModel',
  'servedFromCache',
  'reportedCostBy',
  'origins',
  'evidence',
] as const satisfies readonly Field[];

type Unsaid = Partial<Record<Field | 'judged', unknown>>;

/**
 * What the row of a call does not say, as JSON: of calls that one emitter tells in one way it is the same text, so it costs next to nothing
 * to keep. `shown` is the observation as the row shows it: where neighbours changed a field, the span's own value stands here.
 */
export function writeCallEvidence(span: Observation, shown: Observation, judged: readonly Evidence[]): string {
  if (span === shown && judged.length === 0) return ownReading(span);
  const unsaid: Unsaid = pick(span, OF_NO_ROW);
  for (const field of [...OF_ANY_ROW, ...OF_A_CALL, 'reportedCostUsd'] as const)
    if (span[field] !== shown[field]) unsaid[field] = span[field] ?? null;
  if (judged.length > 0) unsaid.judged = judged;
  return JSON.stringify(unsaid);
}

/** Of these, what differs between spans that one emitter told in one way. All else they share, and with it the list of evidence. */
const isStepToldAlike: Comparison = (left, right) =>
  isCallToldAlike(left, right) &&
  left.semantics === right.semantics &&
  left.responseId === right.responseId &&
  left.ttftMs === right.ttftMs &&
  left.finishReasons === right.finishReasons &&
  left.promptFingerprint === right.promptFingerprint &&
  left.promptTemplateFingerprint === right.promptTemplateFingerprint &&
  left.reportedCostUsd === right.reportedCostUsd &&
  areAlike(left.usage, right.usage) &&
  areAlike(left.rawUsage, right.rawUsage);

const isCallToldAlike: Comparison = (left, right) => left.reportedCostBy === right.reportedCostBy;

const areAlike = (left: object, right: object): boolean => left === right || (isEmpty(left) && isEmpty(right));

function isEmpty(value: object): boolean {
  for (const _key in value) return false;
  return true;
}

type Comparison = (left: Observation, right: Observation) => boolean;

export const writeStepEvidence = createWriter([...OF_NO_ROW, ...OF_A_CALL, 'reportedCostUsd'], isStepToldAlike);

const ownReading = createWriter(OF_NO_ROW, isCallToldAlike);

/** The text is written once for those that share the list of evidence (understand/form.ts) and are alike. */
function createWriter(fields: readonly Field[], isToldAlike: Comparison): (span: Observation) => string {
  const written = new WeakMap<Observation['evidence'], { readonly span: Observation; readonly text: string }>();
  return (span) => {
    const known = written.get(span.evidence);
    if (known && isToldAlike(known.span, span)) return known.text;
    const text = JSON.stringify(pick(span, fields));
    written.set(span.evidence, { span, text });
    return text;
  };
}

function pick(span: Observation, fields: readonly Field[]): Unsaid {
  const picked: Unsaid = {};
  for (const field of fields) if (isSaid(span[field])) picked[field] = span[field];
  return picked;
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === false || value === '') return false;
  return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
}

/** What a step says of a request: nothing, unless its evidence does. */
const SILENT = {
  provider: '',
  operation: '',
  usage: {},
  rawUsage: {},
  origins: {},
  estimated: false,
  semantics: { profile: 'none', confidence: 'certain', flags: [] },
} as const;

/** Evidence is written by us alone; what another version wrote and cannot be read is as if never seen. */
export function readEvidence({ evidence, span, call }: Pick<StoredSpan, 'evidence' | 'span' | 'call'>): StoredEvidence | undefined {
  const unsaid = parse(evidence);
  if (typeof unsaid?.role !== 'string') return undefined;
  const { judged, ...own } = unsaid;
  const ofRow = { ...rowFields(span, OF_ANY_ROW), ...(call && rowFields(call, OF_A_CALL)), ...(call && reported(call)) };
  const ofSpan = Object.fromEntries(Object.entries(own).map(([field, value]) => [field, value ?? undefined]));
  const scope = span.scope ?? { name: '', version: '' };
  return {
    // A list of its own: who shares one is told alike.
    span: { ...SILENT, evidence: [], ...ofRow, scope, ...ofSpan } as unknown as Observation,
    judged: Array.isArray(judged) ? (judged as Evidence[]) : [],
  };
}

/** Evidence as a call carries it. */
export const readCallEvidence = (call: Call): StoredEvidence | undefined => readEvidence({ evidence: call.evidence, span: call, call });

const reported = ({ reportedCost }: Call) => (reportedCost === undefined ? {} : { reportedCostUsd: formatUsd(reportedCost) });

function rowFields<Row extends object>(row: Row, names: readonly (keyof Row)[]): Partial<Row> {
  const fields: Partial<Row> = {};
  for (const name of names) if (row[name] !== undefined) fields[name] = row[name];
  return fields;
}

function parse(text: string): Unsaid | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
