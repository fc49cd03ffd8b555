import { refuse } from './clickhouse-error.ts';

/** A token of ClickHouse SQL, as far as statement boundaries need it. Positions are offsets into the text. */
export interface Token {
  /** word: keyword, identifier or number; name: quoted by " or `; text: quoted by '; symbol: one other character. */
  readonly kind: 'word' | 'name' | 'text' | 'symbol';
  /** As written, quotes included. */
  readonly raw: string;
  /** A word in upper case or the symbol itself; empty for anything quoted, which is never a keyword. */
  readonly keyword: string;
  readonly at: number;
  readonly end: number;
  /** Number of brackets the token stands in; a bracket counts itself as outside. */
  readonly depth: number;
}

const BLANKS = /[ \t\n\v\f\r]*/y;
const WORD = /[A-Za-z0-9_]+/y;
const COMMENT_MARK = /\/\*|\*\//g;
/**
 * Where ClickHouse's lexer depends on context, or takes typographic quotes and dashes for their ASCII twins, the two
 * could disagree about where a statement ends. Such text is refused: printable ASCII without `$ \ #` is what is left.
 */
const PLAIN = /[!"%&'()*+,\-./0-9:;<=>?@A-Z[\]^_`a-z{|}~]/;
/**
 * Splits a text into tokens; comments and blanks are skipped (block comments nest, as in ClickHouse's Lexer.cpp).
 * Read from an iterator it stops where the caller stops, so that bytes after an `INSERT … FORMAT x` are never looked at.
 * @throws ClickHouseError SYNTAX_ERROR, and nothing else
 */
export function* lex(sql: string): Generator<Token, void, undefined> {
  let depth = 0;
  for (let at = skipBlanks(sql, 0); at < sql.length;) {
    const first = sql.charAt(at);
    if (')]}'.includes(first) && --depth < 0) throw syntaxError(`unmatched ${first}`, at);
    const token = readToken(sql, at, first, depth);
    if ('([{'.includes(first)) depth++;
    yield token;
    at = skipBlanks(sql, token.end);
  }
  if (depth > 0) throw syntaxError('unmatched bracket', sql.length);
}

function readToken(sql: string, at: number, first: string, depth: number): Token {
  if (first === "'" || first === '"' || first === '`') {
    const end = quotedEnd(sql, at, first);
    return { kind: first === "'" ? 'text' : 'name', raw: sql.slice(at, end), keyword: '', at, end, depth };
  }
  if (!PLAIN.test(first)) throw syntaxError(`character ${JSON.stringify(first)} outside quotes`, at);
  WORD.lastIndex = at;
  const word = WORD.exec(sql)?.[0];
  if (word === undefined) return { kind: 'symbol', raw: first, keyword: first, at, end: at + 1, depth };
  const end = at + word.length;
  return { kind: 'word', raw: word, keyword: word.toUpperCase(), at, end, depth };
}

function skipBlanks(sql: string, from: number): number {
  for (let at = from; ;) {
    BLANKS.lastIndex = at;
    BLANKS.test(sql);
    at = BLANKS.lastIndex;
    if (sql.startsWith('--', at)) at = lineEnd(sql, at);
    else if (sql.startsWith('/*', at)) at = blockCommentEnd(sql, at);
    else return at;
  }
}

function lineEnd(sql: string, at: number): number {
  const newline = sql.indexOf('\n', at);
  return newline < 0 ? sql.length : newline;
}

function blockCommentEnd(sql: string, at: number): number {
  COMMENT_MARK.lastIndex = at;
  for (let open = 0; ;) {
    const mark = COMMENT_MARK.exec(sql);
    if (mark === null) throw syntaxError('comment is not closed', at);
    open += mark[0] === '/*' ? 1 : -1;
    if (open === 0) return COMMENT_MARK.lastIndex;
  }
}

const QUOTE_OR_ESCAPE = { "'": /['\\]/g, '"': /["\\]/g, '`': /[`\\]/g };

/** A quote ends a quoted token unless it is doubled or follows a backslash; so for all three kinds of quotes. */
function quotedEnd(sql: string, at: number, quote: "'" | '"' | '`'): number {
  const stop = QUOTE_OR_ESCAPE[quote];
  stop.lastIndex = at + 1;
  for (;;) {
    const found = stop.exec(sql);
    if (found === null) throw syntaxError(`${quote} is not closed`, at);
    if (found[0] === quote && sql[stop.lastIndex] !== quote) return stop.lastIndex;
    stop.lastIndex += 1;
  }
}

function syntaxError(what: string, at: number): Error {
  return refuse('SYNTAX_ERROR', `Syntax error: ${what} at position ${at + 1}.`);
}
