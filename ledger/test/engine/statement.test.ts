import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Connection } from '../../src/engine/chdb.ts';
import { ClickHouseError } from '../../src/engine/clickhouse-error.ts';
import { lex } from '../../src/engine/lexer.ts';
import { firstKeyword, parseStatement, type Statement } from '../../src/engine/statement.ts';

describe('a read', () => {
  test.for([
    ['SELECT 1', { body: 'SELECT 1', format: undefined, settings: '' }],
    ['SELECT 1 FORMAT JSON', { body: 'SELECT 1 ', format: 'JSON', settings: '' }],
    ['SELECT 1 format Native settings a = 1;', { body: 'SELECT 1 ', format: 'Native', settings: 'settings a = 1' }],
    ['SELECT 1 SETTINGS a = 1 FORMAT CSV ; ', { body: 'SELECT 1 SETTINGS a = 1 ', format: 'CSV', settings: '' }],
    ['SELECT * FORMAT CSV -- end', { body: 'SELECT * ', format: 'CSV', settings: '' }],
    ['SELECT format FROM t', { body: 'SELECT format FROM t', format: undefined, settings: '' }],
    ['SELECT a FROM t ORDER BY format DESC', { body: 'SELECT a FROM t ORDER BY format DESC', format: undefined, settings: '' }],
    ['SELECT a AS format FROM t FORMAT JSON', { body: 'SELECT a AS format FROM t ', format: 'JSON', settings: '' }],
    ["SELECT ' FORMAT CSV'", { body: "SELECT ' FORMAT CSV'", format: undefined, settings: '' }],
    ['(SELECT 1 FORMAT x)', { body: '(SELECT 1 FORMAT x)', format: undefined, settings: '' }],
    ['SELECT 1 /* ; FORMAT a */ ;', { body: 'SELECT 1 /* ; FORMAT a */ ', format: undefined, settings: '' }],
  ] as const)('%s', ([sql, parts]) => {
    expect(parseStatement(sql)).toEqual({ kind: 'read', ...parts });
  });
});

describe('an INSERT with data', () => {
  test.for([
    ['INSERT INTO t FORMAT CSV\n1;DROP TABLE t', { head: 'INSERT INTO t ', settings: '', format: 'CSV' }, '1;DROP TABLE t'],
    ['INSERT INTO t FORMAT Native\n\n\x00\xff', { head: 'INSERT INTO t ', settings: '', format: 'Native' }, '\n\x00\xff'],
    ['insert into t (a, b) values (1, ";")', { head: 'insert into t (a, b) ', settings: '', format: 'Values' }, ' (1, ";")'],
    ['INSERT INTO t (values, format) VALUES (1)', { head: 'INSERT INTO t (values, format) ', settings: '', format: 'Values' }, ' (1)'],
    [
      'INSERT INTO db.values SETTINGS a = 1 FORMAT TSV\r\n1',
      { head: 'INSERT INTO db.values ', settings: 'SETTINGS a = 1 ', format: 'TSV' },
      '1',
    ],
    ['/* x */ INSERT INTO `t` FORMAT JSONEachRow', { head: '/* x */ INSERT INTO `t` ', settings: '', format: 'JSONEachRow' }, ''],
  ] as const)('%j', ([sql, parts, data]) => {
    const statement = parseStatement(sql);
    expect(statement).toMatchObject({ kind: 'load', ...parts });
    expect(sql.slice((statement as Statement & { kind: 'load' }).dataAt)).toBe(data);
  });
});

test.for([
  ['CREATE TABLE t (a Int8) ENGINE = Memory;', 'other'],
  ['INSERT INTO t SELECT 1', 'other'],
  ['INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x', 'other'],
  ['KILL QUERY WHERE 1', 'control'],
  ['OPTIMIZE TABLE t FINAL', 'other'],
  ['SELECT t.file, 1 AS "File" FROM t', 'read'],
] as const)('%s is of the kind %s', ([sql, kind]) => {
  expect(parseStatement(sql).kind).toBe(kind);
});

test.for([
  ['', 'SYNTAX_ERROR'],
  [' ; ', 'SYNTAX_ERROR'],
  ['SELECT 1; SELECT 2', 'SYNTAX_ERROR'],
  ['SELECT 1) ; DROP TABLE t', 'SYNTAX_ERROR'],
  ["SELECT /* /* */ ' */ ; DROP TABLE t -- '", 'SYNTAX_ERROR'],
  ["SELECT ‘a'; DROP TABLE t -- '’", 'SYNTAX_ERROR'],
  ["SELECT $a$'$a$; DROP TABLE t -- '", 'SYNTAX_ERROR'],
  ["SELECT t.1e--'\n; DROP TABLE t -- '", 'SYNTAX_ERROR'],
  ["SELECT 1 # '\n; DROP TABLE t -- '", 'SYNTAX_ERROR'],
  ['SELECT 1 \\G DROP TABLE t', 'SYNTAX_ERROR'],
  ["SELECT 'a", 'SYNTAX_ERROR'],
  ['SELECT 1 INTO OUTFILE x', 'NOT_IMPLEMENTED'],
  ["INSERT INTO t FROM INFILE 'x' FORMAT CSV", 'NOT_IMPLEMENTED'],
  ["INSERT INTO t SELECT * FROM input('a Int8') FORMAT CSV", 'NOT_IMPLEMENTED'],
  ["SELECT file('/etc/passwd')", 'NOT_IMPLEMENTED'],
  ["SELECT `file` /* */ ('/etc/passwd')", 'NOT_IMPLEMENTED'],
  ["SELECT arrayMap(file, ['/etc/passwd'])", 'NOT_IMPLEMENTED'],
  ['SELECT "fi\\x6ce"(1)', 'NOT_IMPLEMENTED'],
  ['KILL QUERY WHERE 1 SYNC', 'NOT_IMPLEMENTED'],
] as const)('%j is refused', ([sql, type]) => {
  expect(() => parseStatement(latin1(sql))).toThrow(expect.objectContaining({ type }) as Error);
});

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

/** Pieces that lexers tend to disagree about, glued together at random. */
const PIECES = [
  `' " \` '' \\' \\ -- - /* */ / * ; ; ( ) [ ] { } $ $a$ # #! 1 1e 1e- . 1. 0x x x'41' b'01' e a @ @@ ? : :: -> <=> ‘ ’ − “ ” , AS`.split(
    ' ',
  ),
  'FORMAT CSV FROM VALUES SETTINGS a=1 FORMAT'.split(' '),
  ['\n', ' ', '\0', '\u00a0', '# ', 'SELECT 1', 'INSERT INTO t', 'DROP TABLE t', 'UNION ALL'],
].flat();
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 10 });
const glue = fc.constantFrom('', ' ');
const hostile = fc.tuple(pieces, glue).map(([list, between]) => list.join(between));
/** What an attacker would write: something that hides the second statement from us but not from ClickHouse. */
const WRAPPINGS = ["' '", '" "', '` `', '/* */', '-- \n', '# \n', '$a$ $a$', '‘ ’', '“ ”', "x' '", '1e-- \n', 't.1e-- \n'].map((pair) =>
  pair.split(' '),
);
const wrapped = fc
  .tuple(
    fc.constantFrom(...WRAPPINGS),
    fc.array(fc.constantFrom("'", '"', '`', '/*', '*/', '--', '\n', '\\', '$a$', '‘', '’', ';'), { maxLength: 3 }),
  )
  .map(([[open, close], inside]) => `${open}${inside.join('')}${close}`);
const smuggled = fc
  .tuple(
    fc.constantFrom('SELECT 1 ', 'SELECT 1 AS ', 'SELECT '),
    fc.array(wrapped, { minLength: 1, maxLength: 3 }),
    fc.constantFrom("'", '"', '`', '*/', '\n', '’', '$a$', ''),
  )
  .map(([start, list, end]) => `${start}${list.join(' ')}; DROP TABLE t -- ${end}`);

describe('whatever the text', () => {
  test('the lexer ends, and throws nothing but ClickHouseError', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, smuggled, fc.string({ unit: 'binary' }), fc.string()), (text) => {
        for (const read of [(sql: string) => [...lex(sql)], parseStatement, firstKeyword]) {
          try {
            read(latin1(text));
          } catch (error) {
            expect(error).toBeInstanceOf(ClickHouseError);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('tokens lie in order, inside the text, and are what stands there', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, smuggled), (text) => {
        const sql = latin1(text);
        let last = 0;
        try {
          for (const token of lex(sql)) {
            expect(token.at).toBeGreaterThanOrEqual(last);
            expect(token.end).toBeGreaterThan(token.at);
            expect(token.raw).toBe(sql.slice(token.at, token.end));
            last = token.end;
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ClickHouseError);
        }
      }),
    );
  });

  test('a megabyte of quotes, brackets or comments is read in linear time', () => {
    for (const piece of ["'a\\'", "''", '(', '/*', '--x\n', '1,', '`']) {
      const started = Date.now();
      const sql = `SELECT ${piece.repeat(2 ** 20 / piece.length)}`;
      expect(() => parseStatement(sql)).not.toThrow(RangeError);
      expect(Date.now() - started).toBeLessThan(2000);
    }
  });
});

describe("against ClickHouse's own parser", () => {
  let dir: string;
  let connection: Connection;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'tokenledger-parser-'));
    connection = new Connection(dir);
  });
  afterAll(() => {
    connection.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test('what the lexer lets through as one statement is never two', async () => {
    let agreed = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile, smuggled), async (text) => {
        const sql = latin1(text);
        let statement: Statement;
        try {
          statement = parseStatement(sql);
        } catch {
          return;
        }
        const seen = statement.kind === 'load' ? sql.slice(0, statement.dataAt) : sql;
        const { statementCount } = await connection.classify(Buffer.from(seen, 'latin1').toString());
        if (statementCount === 1) agreed++;
        expect(statementCount).toBeLessThanOrEqual(1);
      }),
      { numRuns: 6000 },
    );
    expect(agreed).toBeGreaterThan(50);
  });

  test('what ClickHouse takes as one plain read is one for the lexer', async () => {
    const name = fc.constantFrom('a', '`b c`', '"d;"', 't.file', 'format');
    const literal = fc.oneof(
      fc.integer().map(String),
      fc.string({ maxLength: 8 }).map((text) => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '')}'`),
    );
    const comment = fc.constantFrom(' ', '\n', ' -- x;\n', " /* ; /* ' */ */ ", '\t');
    const item = fc.oneof(
      name,
      literal,
      literal.map((text) => `[${text}]`),
      literal.map((text) => `concat(${text}, 'x')`),
    );
    const read = fc.tuple(
      fc.array(item, { minLength: 1, maxLength: 4 }),
      comment,
      comment,
      fc.constantFrom('', ';', ' FORMAT CSV', ' FORMAT CSV;'),
    );
    await fc.assert(
      fc.asyncProperty(read, async ([items, before, after, end]) => {
        const sql = `SELECT${before}${before}${items.join(`,${after}`)}${after}FROM t${end}`;
        const { statementCount } = await connection.classify(sql);
        expect(statementCount).toBe(1);
        expect(parseStatement(latin1(sql))).toMatchObject({ kind: 'read', format: end.includes('CSV') ? 'CSV' : undefined });
      }),
      { numRuns: 1000 },
    );
  });
});
