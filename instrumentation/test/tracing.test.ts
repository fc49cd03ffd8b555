import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { startSimulator } from '@tokenledger/simulator';
import type { Simulator } from '@tokenledger/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSink } from './otlp-sink.ts';
import type { SinkSpan } from './otlp-sink.ts';
import { runApp } from './run-app.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(() => simulator.stop());

const byName = (a: string, b: string): number => (a < b ? -1 : 1);
const REGISTER = ['--import', '@tokenledger/instrumentation/register'];

async function traced(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly spans: SinkSpan[] }> {
  const sink = await startSink();
  const run = await runApp(args, { env: { BASE_URL: simulator.url, OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, ...env } });
  await sink.close();
  expect([run.stderr, run.code]).toEqual(['', 0]);
  return { stdout: run.stdout, spans: sink.spans };
}

describe('attribution', () => {
  let spans: SinkSpan[];
  let stdout: string;
  const attributesOf = (model: string) => spans.find((span) => span.attributes['gen_ai.request.model'] === model)?.attributes;

  beforeAll(async () => {
    ({ spans, stdout } = await traced([...REGISTER, 'attribution.mjs']));
  });

  test.each(['a', 'b', 'c'])('everything team %s does at the same time as others is counted to it', (team) => {
    expect(attributesOf(`outer-${team}`)).toMatchObject({ 'tokenledger.team': team, 'tokenledger.tag.plan': 'gold' });
    expect(attributesOf(`adopted-${team}`)).toMatchObject({ 'tokenledger.team': team, 'tokenledger.tag.plan': 'gold' });
    expect(attributesOf(`outer-${team}`)).not.toHaveProperty('tokenledger.feature');
  });

  test('an inner attribution adds to the outer one and overrides it', () => {
    const inner = {
      'tokenledger.feature': 'search',
      'tokenledger.customer': '42',
      'user.id': 'u1',
      'session.id': 's1',
      'tokenledger.run': 'r1',
      'deployment.environment.name': 'test',
      'tokenledger.tag.plan': 'gold',
    };
    expect(attributesOf('inner-b')).toMatchObject({ ...inner, 'tokenledger.team': 'b' });
    expect(attributesOf('deep-b')).toMatchObject({
      ...inner,
      'tokenledger.team': 'z',
      'gen_ai.prompt.name': 'greet',
      'gen_ai.prompt.version': '7',
    });
  });

  test('outside of it nobody is blamed', () => {
    expect(Object.keys(attributesOf('nobody') ?? {}).filter((name) => /team|feature|tag|user|session/.test(name))).toEqual([]);
  });

  test('results and exceptions pass through', () => expect(stdout).toBe('returned mine'));

  test('an outcome is recorded with its attribution', () => {
    const outcomes = spans.filter((span) => span.name === 'outcome resolved').map((span) => span.attributes);
    expect(outcomes).toHaveLength(3);
    expect(outcomes.find((outcome) => outcome['tokenledger.team'] === 'a')).toMatchObject({
      'tokenledger.outcome.name': 'resolved',
      'tokenledger.outcome.success': true,
      'tokenledger.outcome.value': 3,
      'tokenledger.feature': 'search',
    });
  });
});

describe.each(['before', 'right after', 'late after'])('an app whose own OpenTelemetry is set up %s our import', (ORDER) => {
  test('gets all spans itself, ours under its own, each call once', async () => {
    const { stdout, spans } = await traced(['own-provider.mjs'], { ORDER });
    // A call from before the app set up goes to whom there is when it is told.
    expect(spans.filter(({ name }) => name !== 'chat too-early')).toEqual([]);
    const own = JSON.parse(stdout) as readonly { name: string; spanId: string; parentSpanId?: string; model?: string; tokens?: number }[];
    const named = (name: string) => own.find((span) => span.name === name);
    // A call from before waits a moment to become a span, and then finds the app's provider.
    expect(
      own
        .map((span) => span.name)
        .filter((name) => name !== 'chat too-early')
        .sort(),
    ).toEqual(['chat in-tool', 'chat last', 'chat plain', 'chat x', 'chat y', 'early', 'execute_tool', 'fetch POST', 'work']);
    expect(named('chat plain')?.parentSpanId).toBe(named('work')?.spanId);
    expect(named('chat x')?.model).toBe('adopted');
    expect(named('chat x')?.tokens).toBeGreaterThan(0);
    expect(named('chat in-tool')?.parentSpanId).toBe(named('execute_tool')?.spanId);
    expect(named('chat y')).not.toHaveProperty('tokens');
  });
});

describe('a collector named as ours gets every call of an app that has its own provider', () => {
  const told = async (env: Readonly<Record<string, string>>) => {
    const sink = await startSink();
    const endpoints = { TOKENLEDGER_ENDPOINT: sink.url, TOKENLEDGER_API_KEY: 'ours', OTEL_EXPORTER_OTLP_HEADERS: 'api-key=theirs' };
    const { stdout, spans } = await traced(['own-provider.mjs'], { ...endpoints, ...env });
    await sink.close();
    // Where the standard variables point nothing goes.
    expect(spans).toEqual([]);
    return { own: JSON.parse(stdout) as { name: string; model?: string; spanId: string; parentSpanId?: string }[], sink };
  };

  test.each(['before', 'after'])('under the ids it has there, once, with our key alone (set up %s our import)', async (ORDER) => {
    const { own, sink } = await told({ ORDER });
    const ids = own.filter(({ model }) => model).map(({ model, spanId, parentSpanId = '' }) => [model, spanId, parentSpanId]);
    const sent = sink.spans.map(({ attributes, spanId, parentSpanId }) => [attributes['gen_ai.request.model'], spanId, parentSpanId]);
    expect(sent).toHaveLength(4);
    expect(sent).toHaveLength(ids.length);
    expect(sent).toEqual(expect.arrayContaining(ids));
    for (const { attributes } of sink.spans) expect(attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
    for (const { resource } of sink.spans) expect(resource['service.name']).toBe('as-the-app-says');
    for (const { headers } of sink.requests) expect([headers.authorization, headers['api-key']]).toEqual(['Bearer ours', undefined]);
  });

  test('what it does not sample too', async () => {
    const { own, sink } = await told({ ORDER: 'before', SAMPLES: 'nothing' });
    expect(own).toEqual([]);
    expect(sink.spans.map(({ name }) => name).sort(byName)).toEqual(['chat adopted', 'chat in-tool', 'chat last', 'chat plain']);
  });
});

test('where the app’s own provider hands spans to nobody, its calls are sent, as what the app says it is', async () => {
  const { spans } = await traced(['own-provider.mjs'], { ORDER: 'before', OWN_PROCESSORS: 'none' });
  expect(spans.map(({ name }) => name).sort(byName)).toEqual(['chat adopted', 'chat in-tool', 'chat last', 'chat plain']);
  expect(new Set(spans.map(({ resource }) => resource['service.name']))).toEqual(new Set(['as-the-app-says']));
});

test('where nobody can tell whom the app’s own provider feeds, its calls are sent under the ids that they have there', async () => {
  const { stdout, spans } = await traced(['own-provider.mjs'], { ORDER: 'before', OWN_PROCESSORS: 'hidden' });
  const own = JSON.parse(stdout) as readonly { name: string; spanId: string; model?: string }[];
  const ids = own.filter(({ model }) => model).map(({ spanId }) => spanId);
  expect(ids).toHaveLength(4);
  expect(spans.map(({ spanId }) => spanId).sort(byName)).toEqual(ids.sort(byName));
});

test('a call inside another instrumentation’s span is told once, be the span hidden in a wrapper, ended late or never', async () => {
  const { stdout } = await traced(['--expose-gc', ...REGISTER, 'foreign-spans.mjs']);
  // With the tokens, each of them.
  expect(JSON.parse(stdout)).toEqual([
    ['first', true],
    ['second', true],
    ['counted nothing', true],
    ['chat garbage', true],
    ['ended late', true],
    ['chat kept', true],
    ['chat flushed', true],
    ['ended after the flush', false],
  ]);
});

test('nothing is added to what goes to a provider', async () => {
  const requests: IncomingHttpHeaders[] = [];
  const provider = createServer((request, response) => {
    requests.push(request.headers);
    request
      .resume()
      .on('end', () => response.setHeader('content-type', 'application/json').end('{"choices":[{"message":{"content":"hi"}}]}'));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const BASE_URL = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const headers: string[][] = [];
  for (const args of [[], REGISTER]) {
    requests.length = 0;
    await traced([...args, 'ask-once.mjs'], { BASE_URL, ENDING: 'naturally' });
    headers.push(Object.keys(requests[0] ?? {}).sort());
  }
  provider.close();
  expect(headers[1]).toEqual(headers[0]);
});

test('imported twice, in ESM and in CJS or as another copy, it counts once', async () => {
  const copy = `${import.meta.resolve('@tokenledger/instrumentation/register')}?copy`;
  const args = [...REGISTER, '--import', copy, '--require', '@tokenledger/instrumentation/register', 'ask-once.mjs'];
  expect((await traced(args, { ENDING: 'naturally' })).spans).toHaveLength(1);
});

test('the service is named by the standard variables, else by the app', async () => {
  const named = await traced([...REGISTER, 'ask-once.mjs'], {
    ENDING: 'naturally',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'team.color=red',
  });
  expect(named.spans[0]?.resource).toMatchObject({ 'service.name': 'shop', 'team.color': 'red' });
  const unnamed = await traced([...REGISTER, 'ask-once.mjs'], { ENDING: 'naturally' });
  expect(unnamed.spans[0]?.resource['service.name']).toBe('ask-once.mjs');
});

test('content that other instrumentations record stays in the process unless the app opts in', async () => {
  const secretsIn = async (env: Readonly<Record<string, string>>): Promise<boolean> => {
    const { spans } = await traced([...REGISTER, 'other-instrumentation.mjs'], env);
    expect(spans.map((span) => span.name).sort()).toEqual(['chat mine', 'openinference']);
    expect(spans[0]?.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
    return inspect(spans, { depth: Infinity }).includes('secret');
  };
  expect(await secretsIn({})).toBe(false);
  expect(await secretsIn({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' })).toBe(true);
});

test('a prompt is recognised again by its keyed fingerprint, its template too', async () => {
  const fingerprints = async (secret: string): Promise<Record<string, string[]>> => {
    const { spans } = await traced([...REGISTER, 'fingerprints.mjs'], secret ? { TOKENLEDGER_FINGERPRINT_KEY: secret } : {});
    return Object.fromEntries(
      spans.map(({ attributes }) => [
        String(attributes['gen_ai.request.model']),
        [String(attributes['tokenledger.prompt.fingerprint']), String(attributes['tokenledger.prompt.template_fingerprint'])],
      ]),
    );
  };
  const { first, again, other_question, other_system } = await fingerprints('key');
  expect(first).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect(again).toEqual(first);
  expect(other_question?.[0]).not.toBe(first?.[0]);
  expect(other_question?.[1]).toBe(first?.[1]);
  expect(other_system?.[1]).not.toBe(first?.[1]);
  expect((await fingerprints('another key'))['first']).not.toEqual(first);
  expect((await fingerprints(''))['first']).toEqual(['undefined', 'undefined']);
});

test('asked to, it asks for the usage of streams on the app’s behalf', async () => {
  const BEHAVIOURS = 'openai:stream';
  const { spans } = await traced([...REGISTER, 'app.mjs'], { BEHAVIOURS, TOKENLEDGER_INCLUDE_USAGE: 'true' });
  expect(spans).toHaveLength(1);
  expect(spans[0]?.attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
  expect(spans[0]?.attributes).not.toHaveProperty('tokenledger.usage.estimated');
});

test('what was asked and answered is on our spans if the operator says so, and only then', async () => {
  const env = { BEHAVIOURS: 'openai:create,openai:stream_usage,openai:responses,openai:run_tools,anthropic:stream' };
  const content = async (more: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>[]> => {
    const { spans } = await traced([...REGISTER, 'app.mjs'], { ...env, ...more });
    expect(spans).toHaveLength(6);
    return spans.map(({ attributes }) => {
      const parse = (name: string): unknown => attributes[name] && JSON.parse(String(attributes[name]));
      return {
        model: attributes['gen_ai.request.model'],
        asked: parse('gen_ai.input.messages'),
        answered: parse('gen_ai.output.messages'),
      };
    });
  };
  for (const { asked, answered } of await content({})) expect([asked, answered]).toEqual([undefined, undefined]);
  for (const { model, asked, answered } of await content({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' })) {
    const question = model === 'openai-responses' ? 'a question' : `a question about ${String(model)}`;
    expect((asked as readonly unknown[])[0]).toEqual({ role: 'user', parts: [{ type: 'text', content: question }] });
    if (model !== 'openai-run_tools')
      expect(answered).toEqual([{ role: 'assistant', parts: [{ type: 'text', content: expect.stringMatching(/\w+ \w+/) }] }]);
  }
});
