import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectGrpc } from '../otlp/grpc-client.ts';
import { encodeMessage, type Json, text } from '../otlp/messages.ts';
import { post, start, temporaryDirectory, until } from '../start.ts';
import { createStubLedger } from '../stub-ledger.ts';

describe('log events of coding assistants', () => {
  const CANARY = 'canary-77ae';
  const now = `${Date.now()}000000`;
  const apiRequest = {
    timeUnixNano: now,
    body: { stringValue: CANARY },
    attributes: Object.entries({
      'event.name': 'api_request',
      model: 'claude-sonnet-4-5',
      input_tokens: '1000',
      output_tokens: '100',
      cache_read_tokens: '0',
      cache_creation_tokens: '0',
      duration_ms: '1200',
      request_id: 'req_77',
      prompt: CANARY,
      response_text: CANARY,
    }).map(([key, value]) => text(key, value)),
  };
  const chatter = {
    timeUnixNano: now,
    body: { stringValue: CANARY },
    attributes: [text('event.name', 'user_prompt'), text('prompt', CANARY)],
  };
  const request = (...logRecords: Json[]) => ({
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'claude-code')] },
        scopeLogs: [{ scope: { name: 'com.anthropic.claude_code.events', version: '2.1.0' }, logRecords }],
      },
    ],
  });
  const bytes = encodeMessage('ExportLogsServiceRequest', request(chatter, apiRequest));
  const send = {
    HTTP: async (url: string) => (await post(`${url}/v1/logs`, bytes)).status === 200,
    'HTTP as JSON': async (url: string) =>
      (await post(`${url}/v1/logs`, JSON.stringify(request(chatter, apiRequest)), { 'content-type': 'application/json' })).status === 200,
    gRPC: async (_url: string, grpcUrl: string | undefined) => (await connectGrpc(grpcUrl).export('logs', bytes)).code === 0,
  };
  // 1000 input tokens at 3 USD and 100 output tokens at 15 USD a million.
  const COST = 4_500_000_000n;

  test.each(Object.entries(send))(
    'an api_request over %s is one billed call, once when sent again another way',
    async (_name, sendLogs) => {
      const ledger = createStubLedger();
      const { url, grpcUrl, books } = await start({ ledger, grpcPort: 0 });
      expect(await sendLogs(url, grpcUrl)).toBe(true);
      await until(async () => (await books()).stored === 1);
      for (const again of Object.values(send)) expect(await again(url, grpcUrl)).toBe(true);
      await until(async () => (await books()).waiting === 0);
      expect(await books()).toMatchObject({ received: 4, stored: 1, duplicate: 3, balanced: true });
      expect(ledger.entries).toMatchObject([{ call: { provider: 'anthropic', responseId: 'req_77', cost: COST, billable: true } }]);
    },
  );

  test.each(Object.entries(send))('what came over %s survives a restart, without its prompts on the disk', async (_name, sendLogs) => {
    const ledger = createStubLedger();
    ledger.away = true;
    const journalDir = await temporaryDirectory();
    const first = await start({ ledger, journalDir, grpcPort: 0 });
    expect(await sendLogs(first.url, first.grpcUrl)).toBe(true);
    await first.stop();
    const segments = (await readdir(journalDir)).filter((name) => name.endsWith('.segment'));
    const kept = Buffer.concat(await Promise.all(segments.map((name) => readFile(join(journalDir, name)))));
    expect(kept.includes('req_77')).toBe(true);
    expect(kept.includes(CANARY)).toBe(false);
    ledger.away = false;
    const second = await start({ ledger, journalDir, grpcPort: 0 });
    expect(await sendLogs(second.url, second.grpcUrl)).toBe(true);
    await until(async () => (await second.books()).waiting === 0);
    expect(await second.books()).toMatchObject({ received: 2, recovered: 1, stored: 1, duplicate: 1, balanced: true });
    expect(ledger.entries.map(({ call }) => call.cost)).toEqual([COST]);
  });

  test('records that tell of no call take no place in the journal', async () => {
    const ledger = createStubLedger();
    ledger.away = true;
    const { grpcUrl, books } = await start({ ledger, grpcPort: 0 });
    expect(await connectGrpc(grpcUrl).export('logs', encodeMessage('ExportLogsServiceRequest', request(chatter)))).toMatchObject({
      code: 0,
    });
    expect(await books()).toMatchObject({ received: 0, waiting: 0, balanced: true });
  });
});
