/** Errors the engine raises by itself, under ClickHouse's names and numbers (src/Common/ErrorCodes.cpp). */
const CODES = {
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  UNKNOWN_FORMAT: 73,
  FILE_DOESNT_EXIST: 107,
  UNKNOWN_SETTING: 115,
  INCORRECT_DATA: 117,
  READONLY: 164,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_IS_TOO_LARGE: 305,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  QUERY_WAS_CANCELLED: 394,
  AUTHENTICATION_FAILED: 516,
  UNKNOWN_EXCEPTION: 1002,
} as const;

export type ErrorType = keyof typeof CODES;

/** HTTP status by error code, as ClickHouse's HTTPHandler maps them; everything else is 500. */
const STATUS_CODES: Readonly<Record<number, readonly number[]>> = {
  400: [6, 26, 27, 33, 36, 38, 41, 43, 44, 47, 52, 53, 62, 69, 70, 72, 117, 386, 456, 457],
  401: [194],
  403: [192, 193, 497, 516],
  404: [16, 46, 50, 56, 60, 63, 64, 73, 78, 81, 115, 372],
  408: [159, 160],
  413: [305],
  501: [48],
  503: [76, 202, 209],
};
const STATUS_OF = new Map(Object.entries(STATUS_CODES).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)));

/** What a client is told instead of a result: `Code: 62. DB::Exception: … (SYNTAX_ERROR)`. */
export class ClickHouseError extends Error {
  readonly code: number;
  readonly type: string;
  /** HTTP status. */
  readonly status: number;

  constructor(type: string, detail: string, code: number = CODES[type as ErrorType] ?? CODES.UNKNOWN_EXCEPTION) {
    super(`Code: ${code}. DB::Exception: ${detail} (${type})`);
    this.name = 'ClickHouseError';
    this.code = code;
    this.type = type;
    this.status = STATUS_OF.get(code) ?? 500;
  }
}

/** One of the engine's own refusals; `detail` is a sentence. */
export function refuse(type: ErrorType, detail: string): ClickHouseError {
  return new ClickHouseError(type, detail);
}

const ENGINE_MESSAGE = /^(?:Code: (\d+)\. DB::Exception: )+([\s\S]*?)(?: \(([A-Z][A-Z0-9_]*)\))?$/;
/** chDB wraps an exception in itself (the inner ending carries a version of its own), and names the engine's files. */
const INNER_PARTS = / \([A-Z][A-Z0-9_]*\) \(version [^)]*\)\.|: \(in file\/uri .*\/data-[-\w]+\)|: data for INSERT was parsed from file/g;

/** Whatever was thrown, as an error a ClickHouse client can read. */
export function toClickHouseError(thrown: unknown): ClickHouseError {
  if (thrown instanceof ClickHouseError) return thrown;
  const text = (thrown instanceof Error ? thrown.message : String(thrown)).trim();
  const [, code, detail, type] = ENGINE_MESSAGE.exec(text.replaceAll(INNER_PARTS, '')) ?? [];
  if (code === undefined) return new ClickHouseError('UNKNOWN_EXCEPTION', text);
  return new ClickHouseError(type ?? 'UNKNOWN_EXCEPTION', detail ?? '', Number(code));
}
