import { type Engine, startEngine } from '@tokenledger/ledger';
import { costOf } from './oracle.ts';

export interface Verdict {
  readonly lost: number[];
  readonly doubled: string[];
  readonly wrong: string[];
  /** Rollups whose sums are not the ledger's. */
  readonly drift: string[];
  readonly calls: number;
}

/** Opens what the subject left behind and judges it. */
export async function judgeDirectory(dataDir: string, obligations: ReadonlySet<number>): Promise<Verdict> {
  const engine = await startEngine({ dataDir: `${dataDir}/clickhouse` });
  try {
    return await judge(engine, obligations);
  } finally {
    await engine.stop();
  }
}

/** Compares what is stored with what was promised. */
export async function judge(engine: Engine, obligations: ReadonlySet<number>): Promise<Verdict> {
  const calls = await query<{ id: string; calls: number; cost: string; spans: number }>(
    engine,
    `SELECT response_id AS id, toInt32(sum(delta_calls)) AS calls, toInt32(uniqExact(span_id)) AS spans,
       toString(toInt128(sum(delta_cost) * 1000000000000)) AS cost
     FROM calls WHERE response_id != '' GROUP BY id`,
  );
  const stored = new Set(calls.map(({ id }) => id));
  return {
    lost: [...obligations].filter((number) => !stored.has(`chatcmpl-${number}`)),
    doubled: calls.filter((row) => row.calls !== 1 || row.spans !== 1).map((row) => JSON.stringify(row)),
    wrong: calls.filter((row) => BigInt(row.cost) !== costOf(Number(row.id.slice('chatcmpl-'.length)))).map((row) => JSON.stringify(row)),
    drift: await findDrift(engine),
    calls: calls.length,
  };
}

async function findDrift(engine: Engine): Promise<string[]> {
  const sums = await query(engine, 'SELECT toString(sum(delta_calls)) AS calls, toString(sum(delta_cost)) AS cost FROM calls');
  const drift: string[] = [];
  for (const rollup of ['usage_1m', 'usage_1h', 'user_1d']) {
    const rolled = await query(engine, `SELECT toString(sum(calls)) AS calls, toString(sum(cost)) AS cost FROM ${rollup}`);
    if (JSON.stringify(rolled) !== JSON.stringify(sums)) drift.push(`${rollup}: ${JSON.stringify(rolled)}, calls: ${JSON.stringify(sums)}`);
  }
  return drift;
}

async function query<Row>(engine: Engine, sql: string): Promise<Row[]> {
  const response = await fetch(`${engine.url}/?database=tokenledger&default_format=JSONEachRow`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${engine.username}:${engine.password}`).toString('base64')}` },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);
}
