import { refuse } from './clickhouse-error.ts';
import { lex, type Token } from './lexer.ts';

/** What kind of statement a text is and where its parts are; the parts together are the text, unchanged. */
export type Statement =
  /** Has a result: `body`, then a FORMAT clause (its name is `format`), then `settings`. */
  | { readonly kind: 'read'; readonly body: string; readonly format: string | undefined; readonly settings: string }
  /** An INSERT with data: `head` (table, columns), `settings`, the data's `format`, the data from `dataAt`. */
  | { readonly kind: 'load'; readonly head: string; readonly settings: string; readonly format: string; readonly dataAt: number }
  /** KILL: must not wait behind what it kills. */
  | { readonly kind: 'control'; readonly sql: string }
  /** DDL, INSERT … SELECT, OPTIMIZE … */
  | { readonly kind: 'other'; readonly sql: string };

const READS = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'CHECK', 'FROM', '(']);

/** After these a column called `format` can stand, but no FORMAT clause. */
const EXPECTS_OPERAND = new Set(
  'SELECT DISTINCT BY WHERE PREWHERE HAVING QUALIFY AND OR NOT CASE WHEN THEN ELSE AS ON USING IN LIKE ILIKE BETWEEN IS FROM JOIN LIMIT OFFSET'.split(
    ' ',
  ),
);

/** The tokens of one statement; `end` is where it ends, known once they are read. */
interface Scan {
  readonly sql: string;
  readonly tokens: Generator<Token, void, undefined>;
  end: number;
}

/**
 * Finds the one statement of a text. Give bytes as latin1, so that `dataAt` is a byte offset.
 * @throws ClickHouseError for several statements, INFILE and OUTFILE, file access, and text whose end is uncertain
 */
export function parseStatement(sql: string): Statement {
  const scan = scanStatement(sql);
  const first = scan.tokens.next();
  if (first.done === true) throw refuse('SYNTAX_ERROR', 'Empty query.');
  const { keyword } = first.value;
  if (keyword === 'INSERT') return parseInsert(scan);
  if (READS.has(keyword)) return parseRead(scan, first.value);
  if (keyword === 'KILL') return parseKill(scan);
  return restAs('other', scan);
}

/**
 * Whether query parameters bring the function `file` in by name: `arrayMap({f:Identifier}, …)`.
 * @param params as sent, `param_<name>`
 */
export function namesFileFunction(sql: string, params: URLSearchParams): boolean {
  return sql.includes('Identifier') && [...params].some(([name, value]) => name.startsWith('param_') && value === 'file');
}

/** The keyword a text starts with; undefined if it holds no token. */
export function firstKeyword(sql: string): string | undefined {
  const first = lex(sql).next();
  return first.done === true ? undefined : first.value.keyword;
}

function scanStatement(sql: string): Scan {
  const scan: Scan = { sql, end: sql.length, tokens: read() };
  return scan;

  function* read(): Generator<Token, void, undefined> {
    let previous: Token | undefined;
    for (const token of lex(sql)) {
      if (token.keyword === ';') {
        if (previous === undefined) throw refuse('SYNTAX_ERROR', 'Empty query.');
        scan.end = Math.min(scan.end, token.at);
        continue;
      }
      if (scan.end < sql.length) throw refuse('SYNTAX_ERROR', 'Syntax error: Multi-statements are not allowed.');
      refuseFileAccess(token, previous);
      previous = token;
      yield token;
    }
  }
}

/**
 * INFILE and OUTFILE belong to the engine. The scalar function `file` reads any file of the host even under
 * readonly=1 and can be passed by name (`arrayMap(file, …)`), so the bare name is refused; `t.file` is a column.
 * Table functions and table engines that leave the data directory are denied by grants (see engine-config.ts).
 */
function refuseFileAccess(token: Token, previous: Token | undefined): void {
  if (token.keyword === 'INFILE' || token.keyword === 'OUTFILE') {
    throw refuse('NOT_IMPLEMENTED', 'INFILE and OUTFILE are reserved for the engine.');
  }
  if (token.kind === 'name' && token.raw.includes('\\')) throw refuse('NOT_IMPLEMENTED', 'Escapes in quoted names are not supported.');
  const name = token.kind === 'name' ? token.raw.slice(1, -1) : token.raw;
  if (token.kind !== 'text' && name === 'file' && previous?.keyword !== '.') throw refuseFile();
}

export function refuseFile(): Error {
  return refuse('NOT_IMPLEMENTED', 'The function file is not available; write a column of that name as table.file.');
}

function parseRead(scan: Scan, first: Token): Statement {
  const { sql } = scan;
  let clause: { at: number; format: string; settingsAt: number | undefined } | undefined;
  let previous = first;
  let beforePrevious = first;
  for (const token of scan.tokens) {
    if (token.kind === 'word' && token.depth === 0 && previous.keyword === 'FORMAT' && endsExpression(beforePrevious)) {
      clause = { at: previous.at, format: token.raw, settingsAt: undefined };
    } else if (clause !== undefined && clause.settingsAt === undefined) {
      // A FORMAT clause is the last or followed by SETTINGS; otherwise it was a name.
      if (token.keyword === 'SETTINGS') clause.settingsAt = token.at;
      else clause = undefined;
    }
    beforePrevious = previous;
    previous = token;
  }
  if (clause === undefined) return { kind: 'read', body: sql.slice(0, scan.end), format: undefined, settings: '' };
  const settings = sql.slice(clause.settingsAt ?? scan.end, scan.end);
  return { kind: 'read', body: sql.slice(0, clause.at), format: clause.format, settings };
}

function endsExpression(token: Token): boolean {
  return token.kind === 'symbol' ? ')]}*'.includes(token.keyword) : !EXPECTS_OPERAND.has(token.keyword);
}

/** Stops at VALUES or FORMAT: what follows is data, not SQL. */
function parseInsert(scan: Scan): Statement {
  const { sql } = scan;
  let settingsAt: number | undefined;
  let previous: Token | undefined;
  for (let step = scan.tokens.next(); step.done !== true; step = scan.tokens.next()) {
    const token = step.value;
    if (token.depth > 0) continue;
    if (previous?.keyword !== '.') {
      if (token.keyword === 'SELECT' || token.keyword === 'WITH') return parseInsertSelect(scan);
      if (token.keyword === 'SETTINGS') settingsAt ??= token.at;
      if (previous?.keyword === 'FORMAT') return load(previous.at, token.raw, dataStart(sql, token.end));
      if (token.keyword === 'VALUES') return load(token.at, 'Values', token.end);
    }
    previous = token;
  }
  return { kind: 'other', sql: sql.slice(0, scan.end) };

  function load(headEnd: number, format: string, dataAt: number): Statement {
    const split = settingsAt ?? headEnd;
    return { kind: 'load', head: sql.slice(0, split), settings: sql.slice(split, headEnd), format, dataAt };
  }
}

/** `input()` would bring data into the text of a statement, where a blank line ends it and the rest runs as SQL. */
function parseInsertSelect(scan: Scan): Statement {
  return restAs('other', scan, (token, previous) => {
    if (token.keyword === '(' && previous === 'INPUT') throw refuse('NOT_IMPLEMENTED', 'INSERT … SELECT FROM input() is not supported.');
  });
}

function parseKill(scan: Scan): Statement {
  return restAs('control', scan, (token) => {
    // Measured with chDB 26.7: KILL … SYNC never returns, although its victim dies.
    if (token.keyword === 'SYNC') throw refuse('NOT_IMPLEMENTED', 'KILL … SYNC is not supported; use ASYNC.');
  });
}

function restAs(kind: 'other' | 'control', scan: Scan, check?: (token: Token, previous: string) => void): Statement {
  let previous = '';
  for (const token of scan.tokens) {
    check?.(token, previous);
    previous = token.keyword;
  }
  return { kind, sql: scan.sql.slice(0, scan.end) };
}

/** Between format name and data ClickHouse skips blanks and one line end (ParserInsertQuery.cpp). */
function dataStart(sql: string, formatEnd: number): number {
  const gap = /[ \t\f]*\r?\n?/y;
  gap.lastIndex = formatEnd;
  gap.test(sql);
  return gap.lastIndex;
}
