import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { chatSpan, toProtobuf, tracesRequest } from './otlp/messages.ts';
import { post, start, until } from './start.ts';

async function scrape(): Promise<string> {
  const { url, books } = await start();
  await post(`${url}/v1/traces`, toProtobuf(tracesRequest([chatSpan(1), chatSpan(1), { ...chatSpan(2), traceId: '' }])));
  await post(`${url}/v1/traces`, 'no protobuf');
  await until(async () => (await books()).waiting === 0);
  return (await fetch(`${url}/metrics`)).text();
}

test('metrics tell the books, the queue and its lag, refusals and drops by reason', async () => {
  const text = await scrape();
  const values = Object.fromEntries([...text.matchAll(/^(tokenledger_\S+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
  expect(values).toMatchObject({
    tokenledger_received_spans_total: 3,
    tokenledger_stored_spans_total: 1,
    tokenledger_duplicate_spans_total: 1,
    'tokenledger_rejected_spans_total{reason="invalid_trace_id"}': 1,
    'tokenledger_refused_requests_total{reason="undecodable_body"}': 1,
    tokenledger_waiting_spans: 0,
    tokenledger_books_balanced: 1,
    tokenledger_journal_lag_seconds: 0,
    tokenledger_journal_segments: 0,
    tokenledger_in_flight_bytes: 0,
  });
  expect(
    Object.keys(values).filter((name) =>
      /^[^{]*(?<!_total|_seconds|_bytes|_spans|_segments|_balanced|_bucket|_sum|_count)(\{|$)/.test(name),
    ),
  ).toEqual([]);
});

test('promtool has nothing to say about the metrics', async ({ skip }) => {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
  } catch {
    return skip('promtool is not installed (Debian package prometheus)');
  }
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' });
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
});
