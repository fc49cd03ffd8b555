import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failure, post, startTestEngine, value, type StartedEngine } from './started-engine.ts';

let started: StartedEngine;
const send = (params: Record<string, string>, body?: RequestInit['body'], headers?: Record<string, string>): Promise<Response> =>
  post(started.engine, params, body, headers);
const query = (params: Record<string, string>): string => new URLSearchParams(params).toString();
const sum = (): Promise<unknown> => value(started.client, 'SELECT (count(), sum(length(s))) FROM t');

beforeAll(async () => {
  started = await startTestEngine();
});
afterAll(() => started.stop());
beforeEach(async () => {
  await started.client.command({ query: 'CREATE OR REPLACE TABLE t (id UInt64, s String) ENGINE = MergeTree ORDER BY id' });
});

describe('data never runs as SQL', () => {
  const attack = 'a\n\nTRUNCATE TABLE tl.t\n\n;TRUNCATE TABLE tl.t;\n\n';
  const rowBinary = (s: string): Buffer => {
    const bytes = Buffer.from(s);
    return Buffer.concat([Buffer.from([0x0a, 0x0a, 0, 0, 0, 0, 0, 0]), Buffer.from([bytes.length]), bytes]);
  };
  const native = async (): Promise<Buffer> => {
    const response = await send({
      query: 'SELECT toUInt64(2570) AS id, {s:String} AS s FORMAT Native',
      param_s: attack.replaceAll('\n', '\\n'),
    });
    return Buffer.from(await response.arrayBuffer());
  };
  const BODIES: readonly (readonly [string, () => Promise<Buffer> | Buffer])[] = [
    ['CSV', () => Buffer.from(`1,"${attack}"\n`)],
    ['JSONEachRow', () => Buffer.from(`{"id":1,"s":${JSON.stringify(attack)}}\n\n\n`)],
    ['Values', () => Buffer.from(`(1, '${attack}')`)],
    ['TabSeparated', () => Buffer.from(`1\t${attack.replaceAll('\n', '\\n')}\n`)],
    ['RowBinary', () => rowBinary(attack)],
    ['Native', native],
  ];

  test.for(BODIES)('%s, with the statement in the URL or before the data', async ([format, body]) => {
    const bytes = await body();
    const inUrl = await send({ query: `INSERT INTO t FORMAT ${format}` }, new Uint8Array(bytes));
    expect([inUrl.status, await inUrl.text()]).toEqual([200, '']);
    const before = Buffer.concat([Buffer.from(`INSERT INTO t FORMAT ${format}\n`), bytes]);
    const inBody = await send({}, new Uint8Array(before));
    expect([inBody.status, await inBody.text()]).toEqual([200, '']);
    const half = await send({ query: 'INSERT INTO t' }, new Uint8Array(Buffer.concat([Buffer.from(`FORMAT ${format}\n`), bytes])));
    expect([half.status, await half.text()]).toEqual([200, '']);
    expect(await sum()).toEqual([3, 3 * attack.length]);
  });

  test('VALUES in the statement', async () => {
    const response = await send({}, `INSERT INTO t VALUES (1, '${attack}'), (2, concat('x', ';'));`);
    expect(response.status).toBe(200);
    expect(await sum()).toEqual([2, attack.length + 2]);
  });

  test('a parameter of the query or of the request', async () => {
    const query_params = { s: `'; TRUNCATE TABLE tl.t; SELECT '${attack}` };
    await started.client.insert({ table: 't', values: [{ id: 1, s: 'x' }], format: 'JSONEachRow' });
    expect(await value(started.client, 'SELECT {s:String}', query_params)).toBe(query_params.s);
    for (const key of ['max_threads', 'database', 'query_id', 'log_comment', "max_threads='1'; TRUNCATE TABLE tl.t; SET x"]) {
      await send({ query: 'SELECT 1', [key]: `1'; TRUNCATE TABLE tl.t; SET max_threads = '1` });
      await send({ query: 'SELECT 1', [key]: '1`; TRUNCATE TABLE tl.t; SELECT `1' });
    }
    expect(await sum()).toEqual([1, 1]);
  });
});

describe('what no account may do', () => {
  test.for([
    ['SELECT 1; SELECT 2', 62],
    ['SELECT 1; TRUNCATE TABLE tl.t', 62],
    ['CREATE TABLE a (x Int8) ENGINE = Memory PARALLEL WITH DROP TABLE t', 62],
    ["SELECT 1 INTO OUTFILE '/tmp/x'", 48],
    ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT LineAsString", 48],
    ["SELECT file('/etc/passwd')", 48],
    ["SELECT arrayMap(file, ['/etc/passwd'])", 48],
    ["SELECT * FROM file('/etc/passwd', LineAsString)", 48],
    ["SELECT * FROM File('/etc/passwd', LineAsString)", 46],
    ["SELECT * FROM url('http://127.0.0.1:1/', LineAsString)", 497],
    ["SELECT * FROM remote('127.0.0.1:1', system.one)", 497],
    ["SELECT * FROM filesystem('/etc')", 497],
    ["CREATE TABLE x (a String) ENGINE = File(CSV, '/etc/passwd')", 497],
    ["CREATE TABLE x (a String) ENGINE = URL('http://127.0.0.1:1/', CSV)", 497],
    ["CREATE DATABASE x ENGINE = Filesystem('/etc')", 497],
    ['CREATE FUNCTION f AS (x) -> x', 497],
    ['CREATE USER x', 497],
    ['GRANT ALL ON *.* TO default', 497],
    ['SYSTEM SHUTDOWN', 497],
    ["BACKUP TABLE t TO File('/tmp/x')", 497],
  ] as const)('%s', async ([query, code]) => {
    const response = await send({ query });
    expect([response.headers.get('x-clickhouse-exception-code'), response.ok]).toEqual([String(code), false]);
  });

  test('file by way of an identifier parameter', async () => {
    const response = await send({ query: "SELECT arrayMap({f:Identifier}, ['/etc/passwd'])", param_f: 'file' });
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('48');
  });

  test('a read is only a read: what writes in the shape of one is refused', async () => {
    for (const query of ['WITH 1 AS x INSERT INTO t SELECT x, 1', 'EXPLAIN AST INSERT INTO t VALUES (1)\n\nTRUNCATE TABLE tl.t'])
      await send({ query });
    await send({ query: 'TRUNCATE TABLE t', readonly: '1' });
    const { url, username, password } = started.engine;
    await fetch(`${url}/?${query({ query: 'DROP TABLE tl.t', user: username, password })}`);
    expect(await sum()).toEqual([0, 0]);
  });
});

test('the reading account reads, and nothing else', async () => {
  const { reader } = started;
  expect(await value(reader, 'SELECT count() FROM t')).toBe(0);
  expect(await value(reader, 'SELECT {a:UInt8}', { a: 1 })).toBe(1);
  for (const query of [
    'INSERT INTO t SELECT 1, 2',
    'INSERT INTO t VALUES (1, 2)',
    'TRUNCATE TABLE t',
    'KILL QUERY WHERE 1',
    'SET readonly = 0',
    'SELECT 1 SETTINGS max_threads = 1',
    'CREATE TEMPORARY TABLE x (a Int8)',
    'OPTIMIZE TABLE t',
  ]) {
    expect(await failure(reader.command({ query })), query).toMatchObject({ code: '164', type: 'READONLY' });
    expect(await failure(reader.command({ query, clickhouse_settings: { readonly: '0' } })), query).toMatchObject({ code: '164' });
  }
  expect(await failure(reader.insert({ table: 't', values: [{ id: 1 }], format: 'JSONEachRow' }))).toMatchObject({ code: '164' });
});

test('credentials are checked on every way they can come', async () => {
  const { url, username, password } = started.engine;
  const ask = async (params: Record<string, string>, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${url}/?${query({ query: 'SELECT 1', ...params })}`, { headers })).status;
  const basic = (secret: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`,
  });
  expect(await ask({}, basic(password))).toBe(200);
  expect(await ask({}, { 'x-clickhouse-user': username, 'x-clickhouse-key': password })).toBe(200);
  expect(await ask({ user: username, password }, {})).toBe(200);
  for (const [params, headers] of [
    [{}, {}],
    [{}, basic('')],
    [{}, basic(`${password}x`)],
    [{}, { authorization: 'Basic !' }],
    [{}, { authorization: 'Bearer x' }],
    [{ user: username }, {}],
    [{ user: 'reader', password }, {}],
  ] as const) {
    expect(await ask(params, headers)).toBe(403);
  }
});

describe('compression', () => {
  const CODECS = {
    gzip: [gzipSync, gunzipSync],
    deflate: [deflateSync, inflateSync],
    br: [brotliCompressSync, brotliDecompressSync],
    zstd: [zstdCompressSync, zstdDecompressSync],
  } as const;
  test.for(Object.keys(CODECS) as (keyof typeof CODECS)[])('%s both ways', async (encoding) => {
    const [compress, decompress] = CODECS[encoding];
    const query = 'INSERT INTO t FORMAT TabSeparated';
    const response = await send({ query }, new Uint8Array(compress(Buffer.from('1\tx\n2\ty\n'))), { 'content-encoding': encoding });
    expect(response.status).toBe(200);
    expect(await sum()).toEqual([2, 2]);
    // Not fetch, which would decompress by itself.
    const bytes = await rawGet('SELECT number FROM numbers(100000) FORMAT TSV', encoding);
    expect(decompress(bytes).toString().split('\n')).toHaveLength(100_001);
    expect(decompress(await rawGet('SELECT nope', encoding)).toString()).toContain('Code: 47.');
  });

  async function rawGet(sql: string, encoding: string): Promise<Buffer> {
    const { url, username, password } = started.engine;
    const path = `/?${query({ query: sql, enable_http_compression: '1' })}`;
    return new Promise((resolve, reject) => {
      const options = { auth: `${username}:${password}`, headers: { 'accept-encoding': encoding }, path };
      request(url, options, (response) => {
        expect(response.headers['content-encoding']).toBe(encoding);
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
      })
        .on('error', reject)
        .end();
    });
  }

  test('a broken or unknown encoding is an error of the caller and inserts nothing', async () => {
    const query = 'INSERT INTO t FORMAT TabSeparated';
    const whole = gzipSync('1\tx\n2\ty\n');
    for (const [body, encoding, status] of [
      [whole.subarray(0, -5), 'gzip', 400],
      [Buffer.from('1\tx\n'), 'gzip', 400],
      [whole, 'snappy', 501],
    ] as const) {
      const response = await send({ query }, new Uint8Array(body), { 'content-encoding': encoding });
      expect([response.status, await response.text()]).toEqual([status, expect.stringContaining('DB::Exception')]);
    }
    expect(await sum()).toEqual([0, 0]);
  });

  test('a statement beyond 16 MiB is answered, although it is not read to its end', async () => {
    const response = await send({}, `SELECT '${'x'.repeat(2 ** 25)}'`);
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([413, '305']);
  });

  test('a statement that inflates beyond 16 MiB is cut off there', async () => {
    const response = await send({}, new Uint8Array(gzipSync(`SELECT '${'x'.repeat(2 ** 25)}'`)), { 'content-encoding': 'gzip' });
    expect([response.status, response.headers.get('x-clickhouse-exception-code')]).toEqual([413, '305']);
  });
});

test('an answer says what ClickHouse says', async () => {
  const response = await send({ query: 'SELECT number FROM numbers(10) FORMAT JSON', query_id: 'mine' });
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/json; charset=UTF-8',
    'x-clickhouse-format': 'JSON',
    'x-clickhouse-query-id': 'mine',
    'x-clickhouse-timezone': expect.stringContaining('UTC') as string,
  });
  expect(JSON.parse(response.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ read_rows: '10' });
  const written = await send({ query: 'INSERT INTO t FORMAT TabSeparated' }, '1\tx\n2\ty\n');
  expect(JSON.parse(written.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ written_rows: '2' });
  expect((await send({ query: 'SELECT 1', default_format: 'CSVWithNames' })).headers.get('content-type')).toContain('header=present');
  expect(await (await send({ query: 'SELECT 1 AS a' }, '', { 'x-clickhouse-format': 'JSONCompactEachRow' })).text()).toBe('[1]\n');
  expect((await send({ query: "SELECT 'ü' AS ü" })).status).toBe(400);
  expect(await (await send({ query: "SELECT 'ü😀' AS `ü`" })).text()).toBe('ü😀\n');
  expect(await (await send({ query: 'SELECT 1', default_format: "TSV'; DROP" })).text()).toContain('UNKNOWN_FORMAT');
});

test('session_check, session_timeout and close_session', async () => {
  expect(await (await send({ query: 'SELECT 1', session_id: 'new', session_check: '1' })).text()).toContain('SESSION_NOT_FOUND');
  await send({ query: 'CREATE TEMPORARY TABLE tmp (a Int8)', session_id: 'a' });
  expect(await (await send({ query: 'SELECT count() FROM tmp', session_id: 'a', session_check: '1', close_session: '1' })).text()).toBe(
    '0\n',
  );
  expect(await (await send({ query: 'SELECT 1', session_id: 'a', session_check: '1' })).text()).toContain('SESSION_NOT_FOUND');
  const slow = send({ query: 'SELECT sleep(1)', session_id: 'busy' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await (await send({ query: 'SELECT 1', session_id: 'busy' })).text()).toContain('SESSION_IS_LOCKED');
  expect((await slow).status).toBe(200);
});

test('other paths, and no leftovers in the spool directory', async () => {
  expect(await (await fetch(`${started.engine.url}/ping`)).text()).toBe('Ok.\n');
  expect(await (await fetch(started.engine.url)).text()).toBe('Ok.\n');
  expect((await fetch(`${started.engine.url}/nope`)).status).toBe(404);
  const spool = (await readdir(started.dataDir)).filter((name) => name.startsWith('spool-'));
  expect(spool).toHaveLength(1);
  expect((await readdir(join(started.dataDir, spool[0] ?? ''))).filter((name) => name.startsWith('data-'))).toEqual([]);
});

test('a wrong request does not cost the next one its connection', async () => {
  const { url, username, password } = started.engine;
  const responses = await Promise.all(
    Array.from({ length: 5 }, () =>
      fetch(`${url}/?query=INSERT+INTO+nope+FORMAT+CSV`, {
        method: 'POST',
        body: 'x'.repeat(2 ** 20),
        headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
      }),
    ),
  );
  for (const response of responses) expect([response.status, (await response.text()).slice(0, 8)]).toEqual([404, 'Code: 60']);
  const unauthorized = await fetch(`${url}/?query=INSERT+INTO+t+FORMAT+CSV`, { method: 'POST', body: 'x'.repeat(2 ** 22) });
  expect([unauthorized.status, (await unauthorized.text()).slice(0, 9)]).toEqual([403, 'Code: 516']);
});

test('each request is in the database it names, whichever the one before it was in, and one that does not exist is refused', async () => {
  await started.client.command({ query: 'CREATE DATABASE IF NOT EXISTS other' });
  const ask = async (params: Record<string, string>) =>
    (await (await send({ query: 'SELECT currentDatabase()', ...params })).text()).trim();
  for (let round = 0; round < 3; round++) {
    expect([await ask({}), await ask({}), await ask({ database: 'other' }), await ask({ database: 'other' })]).toEqual([
      'tl',
      'tl',
      'other',
      'other',
    ]);
    expect(await ask({ database: 'nowhere' })).toContain('UNKNOWN_DATABASE');
  }
  const all = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? 'tl' : 'other'));
  expect(await Promise.all(all.map((database) => ask({ database })))).toEqual(all);
});

test('who waits for the end of a query gets all of its result, or its error, in any format', async () => {
  const wait = { wait_end_of_query: '1' };
  const rows = 'SELECT number, 1 AS one FROM numbers(3)';
  const answers = [
    [rows, '0\t1\n1\t1\n2\t1\n', 'TabSeparated'],
    [`${rows} FORMAT CSV`, '0,1\n1,1\n2,1\n', 'CSV'],
    [`${rows} SETTINGS max_block_size = 1 FORMAT CSV -- end`, '0,1\n1,1\n2,1\n', 'CSV'],
    [
      `${rows} SETTINGS max_block_size = 1 FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1;`,
      '{"number":"0","one":1}\n{"number":"1","one":1}\n{"number":"2","one":1}\n',
      'JSONEachRow',
    ],
    ['SELECT {word:String} FORMAT RowBinary', '\u0002it', 'RowBinary'],
    ['EXISTS TABLE t', '1\n', 'TabSeparated'],
    ['SELECT 1 WHERE 0', '', 'TabSeparated'],
  ] as const;
  for (const [query, text, format] of answers) {
    const response = await send({ query, param_word: 'it', ...wait });
    expect([response.status, response.headers.get('x-clickhouse-format'), await response.text()]).toEqual([200, format, text]);
  }
  const numbers = 'SELECT number FROM numbers(1000000)';
  for (const compressed of ['0', '1']) {
    const response = await send({ query: numbers, ...wait, enable_http_compression: compressed }, undefined, { 'accept-encoding': 'gzip' });
    expect(response.headers.get('content-encoding')).toBe(compressed === '1' ? 'gzip' : null);
    const text = await response.text();
    expect([text.length, text.slice(-7)]).toEqual([6_888_890, '999999\n']);
  }
  const late = await send({ query: 'SELECT throwIf(number = 900000) FROM numbers(1000000) SETTINGS max_block_size = 1000', ...wait });
  expect([late.status, late.headers.get('x-clickhouse-exception-code')]).toEqual([500, '395']);
  expect(await late.text()).not.toContain('0\n0\n');
});

test('a text that is too long is refused, compressed or not, and the next one is answered', async () => {
  const long = `SELECT '${'x'.repeat(2 ** 26)}'`;
  const tooLong = (body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>) => send({}, body, headers);
  for (const response of [await tooLong(long), await tooLong(new Uint8Array(gzipSync(long)), { 'content-encoding': 'gzip' })]) {
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('QUERY_IS_TOO_LARGE')]);
    expect(await (await send({}, 'SELECT 1')).text()).toBe('1\n');
  }
});
