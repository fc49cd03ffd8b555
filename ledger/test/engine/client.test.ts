import { setTimeout as sleep } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { ClickHouseLogLevel, createClient, type ClickHouseClient, type DataFormat, type Row } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure, startTestEngine, value, type StartedEngine } from './started-engine.ts';

let started: StartedEngine;
let client: ClickHouseClient;

beforeAll(async () => {
  started = await startTestEngine();
  client = started.client;
});
afterAll(() => started.stop());

let tables = 0;
async function createTable(columns = 'id UInt64, s String, m Map(String, String)', settings = ''): Promise<string> {
  const table = `t${++tables}`;
  await client.command({ query: `CREATE TABLE ${table} (${columns}) ENGINE = MergeTree ORDER BY id ${settings}` });
  return table;
}
const count = async (table: string): Promise<number> => Number(await value(client, `SELECT count() FROM ${table}`));

async function execBytes(query: string): Promise<Buffer> {
  return buffer((await client.exec({ query })).stream);
}
async function execInsert(query: string, bytes: Uint8Array): Promise<void> {
  await buffer((await client.exec({ query, values: Readable.from([bytes], { objectMode: false }) })).stream);
}

describe('reading', () => {
  test('ping answers, with and without a query', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
  });

  const FORMATS = (
    'JSON JSONCompact JSONStrings JSONCompactStrings JSONColumnsWithMetadata JSONObjectEachRow ' +
    'JSONEachRow JSONCompactEachRow JSONStringsEachRow JSONCompactStringsEachRow JSONEachRowWithProgress ' +
    'JSONCompactEachRowWithNames JSONCompactEachRowWithNamesAndTypes ' +
    'CSV CSVWithNames CSVWithNamesAndTypes CustomSeparated CustomSeparatedWithNames ' +
    'TabSeparated TabSeparatedRaw TabSeparatedWithNames TabSeparatedWithNamesAndTypes'
  ).split(' ') as DataFormat[];
  test.for(FORMATS)('a result of many blocks in %s is one whole document', async (format) => {
    const result = await client.query({ query: 'SELECT number AS n, toString(number) AS s FROM numbers(50000)', format });
    const text = await result.text();
    expect(text.match(/49999/g)?.length).toBeGreaterThanOrEqual(2);
    if (/^JSON(Compact|Strings|CompactStrings|ColumnsWithMetadata)?$/.test(format)) {
      expect(JSON.parse(text)).toMatchObject({ rows: 50_000, meta: [{ name: 'n' }, { name: 's' }] });
    }
    if (format === 'JSONObjectEachRow') expect(Object.keys(JSON.parse(text) as object)).toHaveLength(50_000);
    if (format === 'CSVWithNames') expect(text.match(/"n","s"/g)).toHaveLength(1);
  });

  test('rows stream, and slow readers slow the engine instead of filling its memory', async () => {
    const result = await client.query({ query: "SELECT number, repeat('x', 1000) AS s FROM numbers(60000)", format: 'JSONEachRow' });
    let rows = 0;
    for await (const chunk of result.stream() as AsyncIterable<Row[]>) {
      rows += chunk.length;
      if (rows < 20_000) await sleep(1);
    }
    expect(rows).toBe(60_000);
  });

  test.for(['Native', 'RowBinary', 'RowBinaryWithNamesAndTypes', 'Parquet', 'ArrowStream', 'ORC', 'Avro'])(
    '%s comes out and goes in unchanged',
    async (format) => {
      const table = await createTable('id UInt64, s String');
      const bytes = await execBytes(`SELECT number AS id, concat('\\n\\n', toString(number)) AS s FROM numbers(20000) FORMAT ${format}`);
      await execInsert(`INSERT INTO ${table} FORMAT ${format}`, bytes);
      expect(await value(client, `SELECT (count(), sum(id), countIf(s = concat('\\n\\n', toString(id)))) FROM ${table}`)).toEqual([
        20_000, 199_990_000, 20_000,
      ]);
    },
  );

  test('query parameters of every kind arrive as they are', async () => {
    const text = `it's \\ a\tb\r\nc; DROP TABLE x -- "\`' ü 😀 \\N`;
    const params = {
      text,
      list: [1, 2],
      texts: [text, ''],
      at: new Date(1_700_000_000_000),
      map: { [text]: text },
      nothing: null,
      yes: true,
      column: 'z z',
      big: '340282366920938463463374607431768211455',
      tuple: [1, 'a'],
    };
    const query = `SELECT {text:String} AS text, {list:Array(UInt32)} AS list, {texts:Array(String)} AS texts, toUnixTimestamp({at:DateTime}) AS at,
      {map:Map(String,String)} AS map, {nothing:Nullable(String)} AS nothing, {yes:Bool} AS yes, {column:Identifier} AS column,
      toString({big:UInt128}) AS big FROM (SELECT 7 AS "z z")`;
    const result = await client.query({ query, query_params: params, format: 'JSONEachRow' });
    expect(await result.json()).toEqual([
      {
        text,
        list: [1, 2],
        texts: [text, ''],
        at: 1_700_000_000,
        map: { [text]: text },
        nothing: null,
        yes: true,
        column: 7,
        big: params.big,
      },
    ]);
  });

  test('parameters of parallel queries do not mix', async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index);
    const answers = await Promise.all(numbers.map((n) => value(client, 'SELECT {n:UInt32}', { n })));
    expect(answers).toEqual(numbers);
  });

  test('twenty thousand ids fit into one parameter', async () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => index.toString(16).padStart(32, '0'));
    const result = await client.query({
      query: 'SELECT length({ids:Array(String)}) AS n',
      query_params: { ids },
      use_multipart_params: true,
    });
    expect(await result.json()).toMatchObject({ data: [{ n: 20_000 }] });
  });

  test('a column called format is not a FORMAT clause', async () => {
    const from = "FROM (SELECT 'x' AS format, 1 AS n)";
    for (const query of [
      `SELECT format ${from}`,
      `SELECT n, format ${from} ORDER BY format DESC`,
      `SELECT format, n ${from} WHERE format = 'x'`,
    ]) {
      const result = await client.query({ query, format: 'JSONEachRow' });
      expect(await result.json()).toMatchObject([{ format: 'x' }]);
    }
    expect((await execBytes(`SELECT format ${from} ORDER BY format DESC`)).toString()).toBe('x\n');
  });

  test('statements with results of their own kind: SHOW, DESCRIBE, EXPLAIN, EXISTS, WITH, UNION', async () => {
    const table = await createTable();
    for (const query of [
      'SHOW TABLES',
      `SHOW CREATE TABLE ${table}`,
      `DESCRIBE TABLE ${table}`,
      'EXPLAIN SELECT 1',
      `EXISTS TABLE ${table}`,
      'WITH a AS (SELECT 1 AS x) SELECT x FROM a',
      '(SELECT 1 AS x) UNION ALL (SELECT 2 AS x)',
      'SELECT 1 SETTINGS max_threads = 1',
      'SELECT 1 -- and a comment',
      ' /* a /* nested */ comment */ SELECT 1;',
    ]) {
      const result = await client.query({ query: query.replace(/;$/, ''), format: 'JSON' });
      expect((await result.json()).data.length, query).toBeGreaterThan(0);
    }
  });
});

describe('writing', () => {
  test('inserted values come back; the summary tells how many were written', async () => {
    const table = await createTable();
    const values = [
      { id: 1, s: "a\n\nb'; DROP TABLE t", m: { x: 'y' } },
      { id: 2, s: '\\ \u0000 z', m: {} },
    ];
    const { summary } = await client.insert({ table, values, format: 'JSONEachRow' });
    expect(summary?.written_rows).toBe('2');
    const rows = await (await client.query({ query: `SELECT * FROM ${table} ORDER BY id`, format: 'JSONEachRow' })).json();
    expect(rows).toEqual(values);
  });

  test('streams of rows and of bytes are inserted whole', async () => {
    const table = await createTable('id UInt64, s String');
    const objects = function* (): Generator<object> {
      for (let id = 0; id < 5000; id++) yield { id, s: 'a\n\nb' };
    };
    await client.insert({ table, values: Readable.from(objects()), format: 'JSONEachRow' });
    await client.insert({ table, values: [[5000, 'x']], format: 'JSONCompactEachRow' });
    await client.insert({ table, values: Readable.from(['5001,"a\n\nDROP TABLE ', 'x"\n'], { objectMode: false }), format: 'CSV' });
    await client.insert({ table, values: Readable.from(['5002\tx\n'], { objectMode: false }), format: 'TabSeparated' });
    await client.insert({ table, values: [{ id: 5003 }], columns: ['id'], format: 'JSONEachRow' });
    expect(await value(client, `SELECT (count(), countIf(s LIKE 'a\\n\\n%')) FROM ${table}`)).toEqual([5004, 5001]);
  });

  test('INSERT … SELECT and INSERT … VALUES with parameters', async () => {
    const table = await createTable('id UInt64, s String');
    const query_params = { id: 7, s: "x'\n\ny" };
    await client.command({ query: `INSERT INTO ${table} VALUES ({id:UInt64}, {s:String}), (8, concat('a', 'b'));`, query_params });
    await client.command({ query: `INSERT INTO ${table} SELECT id + 10, s FROM ${table}` });
    expect(await value(client, `SELECT groupArray((id, s)) FROM (SELECT * FROM ${table} ORDER BY id)`)).toEqual([
      [7, "x'\n\ny"],
      [8, 'ab'],
      [17, "x'\n\ny"],
      [18, 'ab'],
    ]);
  });

  test('a deduplication token counts once and does not stick', async () => {
    const table = await createTable('id UInt64', 'SETTINGS non_replicated_deduplication_window = 100');
    const insert = (id: number, token?: string): Promise<unknown> =>
      client.insert({
        table,
        values: [{ id }],
        format: 'JSONEachRow',
        ...(token === undefined ? {} : { clickhouse_settings: { insert_deduplication_token: token } }),
      });
    await insert(1, 'a');
    await insert(2, 'a');
    await insert(3);
    await insert(4);
    await insert(5, 'b');
    expect(await value(client, `SELECT groupArray(id) FROM (SELECT id FROM ${table} ORDER BY id)`)).toEqual([1, 3, 4, 5]);
  });

  test('settings of one call are gone with it', async () => {
    const table = await createTable('id UInt64');
    const settings = { max_result_rows: '1', readonly: '1', max_threads: 1 } as const;
    await (await client.query({ query: 'SELECT 1', clickhouse_settings: settings })).text();
    expect(await value(client, "SELECT groupArray(name) FROM system.settings WHERE name = 'max_result_rows' AND changed")).toEqual([]);
    await client.insert({ table, values: [{ id: 1 }], format: 'JSONEachRow' });
    expect(await count(table)).toBe(1);
  });

  test('an interrupted upload inserts nothing', async () => {
    const table = await createTable('id UInt64');
    const cut = new AbortController();
    const endless = async function* (): AsyncGenerator<object> {
      for (let id = 0; ; id++) {
        if (id === 1000) cut.abort();
        yield { id };
        if (id >= 1000) await sleep(10);
      }
    };
    await failure(client.insert({ table, values: Readable.from(endless()), format: 'JSONEachRow', abort_signal: cut.signal }));
    await sleep(200);
    expect(await count(table)).toBe(0);
  });

  test('reads go on while inserts run', async () => {
    const table = await createTable('id UInt64, s String');
    const block = await execBytes("SELECT number AS id, 'x' AS s FROM numbers(50000) FORMAT Native");
    const inserting = new AbortController();
    let reads = 0;
    const readers = [1, 2, 3, 4].map(async () => {
      while (!inserting.signal.aborted) {
        expect((await count(table)) % 50_000).toBe(0);
        reads++;
      }
    });
    for (let n = 0; n < 10; n++) await execInsert(`INSERT INTO ${table} FORMAT Native`, block);
    inserting.abort();
    await Promise.all(readers);
    expect(await count(table)).toBe(500_000);
    expect(reads).toBeGreaterThan(10);
  });
});

describe('errors and limits', () => {
  test.for([
    ['selec 1', '62', 'SYNTAX_ERROR'],
    ['SELECT * FROM nope', '60', 'UNKNOWN_TABLE'],
    ['SELECT nope', '47', 'UNKNOWN_IDENTIFIER'],
    ['SELECT {a:String}', '456', 'UNKNOWN_QUERY_PARAMETER'],
    ['SELECT throwIf(1)', '395', 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
    ['INSERT INTO nope SELECT 1', '60', 'UNKNOWN_TABLE'],
    ['CREATE TABLE x', '80', 'INCORRECT_QUERY'],
  ] as const)('%s fails with code and type', async ([query, code, type]) => {
    expect(await failure(client.command({ query }))).toMatchObject({ code, type });
  });

  test('unparsable rows and unknown settings are errors of the caller', async () => {
    const table = await createTable('id UInt64');
    const bad = failure(client.insert({ table, values: [{ id: 'x' }], format: 'JSONEachRow' }));
    expect(await bad).toMatchObject({ code: expect.stringMatching(/^(6|27|72|117)$/) as string });
    const settings = { nope_setting: 1 } as Record<string, number>;
    expect(await failure(client.command({ query: 'SELECT 1', clickhouse_settings: settings }))).toMatchObject({ code: '115' });
    expect(await count(table)).toBe(0);
  });

  test('an error after the first rows reaches the reader of the stream', async () => {
    const query = 'SELECT number, throwIf(number = 2000000) FROM numbers(3000000) SETTINGS max_block_size = 1000';
    let rows = 0;
    const error = await failure(
      (async () => {
        const result = await client.query({ query, format: 'JSONEachRow' });
        for await (const chunk of result.stream() as AsyncIterable<Row[]>) rows += chunk.length;
      })(),
    );
    expect(error).toMatchObject({ code: '395' });
    expect(rows).toBeGreaterThan(0);
  });

  test('time and memory of a query are limited, and nobody can lift the limits', async () => {
    const slow = client.query({ query: 'SELECT count() FROM numbers(1000000000000)', clickhouse_settings: { max_execution_time: 1 } });
    expect(await failure(slow)).toMatchObject({ code: '159', type: 'TIMEOUT_EXCEEDED' });
    const big = client.query({
      query: 'SELECT groupArray(number) FROM numbers(100000000)',
      clickhouse_settings: { max_memory_usage: '50000000' },
    });
    expect(await failure(big)).toMatchObject({ code: '241', type: 'MEMORY_LIMIT_EXCEEDED' });
    for (const setting of ['max_execution_time = 0', 'max_execution_time = 1000000', 'max_memory_usage = 0']) {
      expect(await failure(client.query({ query: `SELECT 1 SETTINGS ${setting}` })), setting).toMatchObject({ code: '452' });
    }
    expect(await failure(client.query({ query: 'SELECT groupArray(number) FROM numbers(1000000000)' }))).toMatchObject({ code: '241' });
  });

  test.for([0, 1] as const)('an aborted query is killed in the engine, be its end waited for (%i) or not', async (wait_end_of_query) => {
    const cut = new AbortController();
    const query = 'SELECT count() FROM numbers(1000000000001)';
    const running = failure(client.query({ query, abort_signal: cut.signal, clickhouse_settings: { wait_end_of_query } }));
    const left = (): Promise<unknown> =>
      value(client, "SELECT count() FROM system.processes WHERE query LIKE '%1000000000001%' AND query NOT LIKE '%processes%'");
    while ((await left()) !== 1) await sleep(10);
    cut.abort();
    await running;
    for (let waited = 0; (await left()) !== 0; waited += 50) {
      expect(waited).toBeLessThan(2000);
      await sleep(50);
    }
  });

  test('queries aborted at any moment leave no lane occupied', async () => {
    const attempts = Array.from({ length: 60 }, async (_, index) => {
      const cut = new AbortController();
      setTimeout(() => cut.abort(), (index % 20) * 10);
      const query = index % 2 === 0 ? 'SELECT count() FROM numbers(100000000000)' : 'SELECT number FROM numbers(100000000000)';
      await client
        .query({
          query,
          abort_signal: cut.signal,
          format: 'JSONEachRow',
          clickhouse_settings: { wait_end_of_query: index % 4 === 0 ? 1 : 0 },
        })
        .then((result) => result.text())
        .catch(() => undefined);
    });
    await Promise.all(attempts);
    const started = Date.now();
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map((n) => value(client, `SELECT ${n}`)))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Date.now() - started).toBeLessThan(3000);
  });

  test('behind one long query, others begin and end as always', async () => {
    const cut = new AbortController();
    const long = failure(client.query({ query: 'SELECT count() FROM numbers(1000000000002)', abort_signal: cut.signal }));
    for (let n = 0; n < 100; n++) expect(await value(client, `SELECT ${n}`)).toBe(n);
    cut.abort();
    await long;
  });
});

test('compression both ways', async () => {
  const table = await createTable('id UInt64, s String');
  const { engine } = started;
  const zipped = createClient({
    url: engine.url,
    log: { level: ClickHouseLogLevel.OFF },
    username: engine.username,
    password: engine.password,
    database: 'tl',
    compression: { request: true, response: true },
  });
  await zipped.insert({ table, values: [{ id: 1, s: 'a\n\nb' }], format: 'JSONEachRow' });
  expect(await count(table)).toBe(1);
  const text = await (await zipped.query({ query: 'SELECT number FROM numbers(300000)', format: 'JSONEachRow' })).text();
  expect(text.split('\n')).toHaveLength(300_001);
  expect(await failure(zipped.query({ query: 'SELECT nope' }))).toMatchObject({ code: '47' });
  const late = 'SELECT number, throwIf(number = 2000000) FROM numbers(3000000) SETTINGS max_block_size = 1000';
  // A cut stream is all that a client can be told inside a compressed one.
  expect(await failure(zipped.query({ query: late, format: 'JSONEachRow' }).then((result) => result.text()))).toMatchObject({
    message: 'aborted',
  });
  await zipped.close();
});

test('a session keeps its temporary table, and only for itself', async () => {
  const session = { session_id: 'one' };
  await client.command({ query: 'CREATE TEMPORARY TABLE tmp (a Int32)', ...session });
  await client.insert({ table: 'tmp', values: [{ a: 1 }, { a: 2 }], format: 'JSONEachRow', ...session });
  const result = await client.query({ query: 'SELECT count() AS n FROM tmp', format: 'JSONEachRow', ...session });
  expect(await result.json()).toEqual([{ n: 2 }]);
  expect(await failure(client.query({ query: 'SELECT count() FROM tmp' }))).toMatchObject({ code: '60' });
  expect(await failure(client.query({ query: 'SELECT count() FROM tmp', session_id: 'two' }))).toMatchObject({ code: '60' });
});
