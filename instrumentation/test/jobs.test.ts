import { describe, expect, test } from 'vitest';
import { settleJob, settlePoll } from '../src/jobs.ts';
import type { ObservedCall } from '../src/observed-call.ts';
import { follow } from './follow.ts';
import type { Recorded } from './follow.ts';

const url = 'https://api.openai.com/v1/responses';

function background(id: string, status: string, usage?: object): unknown {
  return { id, model: 'gpt-5', status, background: true, usage: usage ?? null };
}

function start(id: string, emitted: ObservedCall[]): void {
  const call = follow({ url, request: { model: 'gpt-5', background: true }, json: background(id, 'queued') });
  if (call) settleJob(call, () => emitted.push(call));
}

function poll(id: string, json: unknown, emitted: ObservedCall[]): void {
  const recorded: Recorded = { method: 'GET', url: `${url}/${id}`, json };
  const call = follow(recorded);
  if (call) settlePoll(call, () => emitted.push(call));
}

const usage = { input_tokens: 5, output_tokens: 6 };

test('a background response is one call, however often it is asked for', () => {
  const emitted: ObservedCall[] = [];
  start('resp_a', emitted);
  poll('resp_a', background('resp_a', 'in_progress'), emitted);
  expect(emitted).toEqual([]);
  poll('resp_a', background('resp_a', 'completed', usage), emitted);
  poll('resp_a', background('resp_a', 'completed', usage), emitted);
  expect(emitted).toHaveLength(1);
  expect(emitted[0]).toMatchObject({ requestModel: 'gpt-5', responseId: 'resp_a', usage, finishReasons: ['completed'] });
});

test('a job that another process started is told by who sees it end, once', () => {
  const emitted: ObservedCall[] = [];
  poll('resp_b', background('resp_b', 'completed', usage), emitted);
  poll('resp_b', background('resp_b', 'completed', usage), emitted);
  expect(emitted.map((call) => call.usage)).toEqual([usage]);
});

test('looking up an ordinary response again is no call', () => {
  const emitted: ObservedCall[] = [];
  poll('resp_c', { id: 'resp_c', model: 'gpt-5', status: 'completed', background: false, usage }, emitted);
  expect(emitted).toEqual([]);
});

test('a prediction is billed when it has succeeded', () => {
  const emitted: ObservedCall[] = [];
  const predictions = 'https://api.replicate.com/v1/predictions';
  const call = follow({ url: predictions, request: { version: 'v1' }, json: { id: 'p9', status: 'starting' } });
  if (call) settleJob(call, () => emitted.push(call));
  const done = follow({ method: 'GET', url: `${predictions}/p9`, json: { id: 'p9', status: 'succeeded', metrics: { predict_time: 4 } } });
  if (done) settlePoll(done, () => emitted.push(done));
  expect(emitted.map((each) => each.usage)).toEqual([{ gpu_seconds: 4 }]);
});

test('a job that fails while its events are followed is told as failed', () => {
  const emitted: ObservedCall[] = [];
  start('resp_d', emitted);
  const response = { id: 'resp_d', model: 'gpt-5', status: 'failed', background: true, error: { code: 'server_error' } };
  const events = [{ type: 'response.failed', response }];
  const followed = follow({ method: 'GET', url: `${url}/resp_d?stream=true`, events });
  if (followed) settlePoll(followed, () => emitted.push(followed));
  expect(emitted).toMatchObject([{ requestModel: 'gpt-5', finishReasons: ['failed'], error: { type: 'server_error' } }]);
});

test('a job that is cancelled is told at once', () => {
  const emitted: ObservedCall[] = [];
  start('resp_e', emitted);
  const cancelled = follow({ url: `${url}/resp_e/cancel`, json: background('resp_e', 'cancelled') });
  if (cancelled) settlePoll(cancelled, () => emitted.push(cancelled));
  expect(emitted).toMatchObject([{ requestModel: 'gpt-5', finishReasons: ['cancelled'] }]);
});

test('a question that fails leaves the job waiting', () => {
  const emitted: ObservedCall[] = [];
  start('resp_f', emitted);
  const failed = follow({ method: 'GET', url: `${url}/resp_f`, status: 500, json: background('resp_f', 'failed') });
  if (failed) settlePoll(failed, () => emitted.push(failed));
  expect(emitted).toEqual([]);
  poll('resp_f', background('resp_f', 'completed', usage), emitted);
  expect(emitted).toMatchObject([{ usage, error: undefined }]);
});

test('a job whose stream is left is told with what it used in the end, not with a guess', () => {
  const emitted: ObservedCall[] = [];
  const events = [{ type: 'response.created', response: background('resp_g', 'queued') }];
  const left = follow({ url, request: { model: 'gpt-5', input: 'x', background: true, stream: true }, events });
  if (left) settleJob(left, () => emitted.push(left));
  poll('resp_g', background('resp_g', 'completed', usage), emitted);
  expect(emitted.map((call) => [call.usage, call.attributes['tokenledger.usage.estimated']])).toEqual([[usage, undefined]]);
});

const interactions = 'https://generativelanguage.googleapis.com/v1beta/interactions';
const used = { total_input_tokens: 5, total_output_tokens: 6 };

function interact(request: object, json: object, emitted: ObservedCall[]): void {
  const call = follow({ url: interactions, request, json });
  if (call) settleJob(call, () => emitted.push(call));
}

function lookUp(recorded: Recorded, emitted: ObservedCall[]): void {
  const call = follow(recorded);
  if (call) settlePoll(call, () => emitted.push(call), false);
}

test('an interaction in the background is one call, told when it is done', () => {
  const emitted: ObservedCall[] = [];
  interact({ agent: 'deep-research', background: true }, { id: 'i1', status: 'in_progress' }, emitted);
  lookUp({ method: 'GET', url: `${interactions}/i1`, json: { id: 'i1', status: 'in_progress' } }, emitted);
  expect(emitted).toEqual([]);
  lookUp({ method: 'GET', url: `${interactions}/i1`, json: { id: 'i1', status: 'completed', usage: used } }, emitted);
  lookUp({ method: 'GET', url: `${interactions}/i1`, json: { id: 'i1', status: 'completed', usage: used } }, emitted);
  expect(emitted).toMatchObject([{ requestModel: 'deep-research', usage, finishReasons: ['completed'] }]);
});

test('looking up an interaction that nobody here sent to the background is no call', () => {
  const emitted: ObservedCall[] = [];
  interact({ model: 'gemini-3-pro' }, { id: 'i2', status: 'completed', usage: used }, emitted);
  lookUp({ method: 'GET', url: `${interactions}/i2`, json: { id: 'i2', status: 'completed', usage: used } }, emitted);
  expect(emitted.map((call) => call.usage)).toEqual([usage]);
});

test('what Perplexity answers later is one call, with its cost', () => {
  const emitted: ObservedCall[] = [];
  const at = 'https://api.perplexity.ai/async/chat/completions';
  const asked = follow({
    url: at,
    request: { request: { model: 'sonar-deep-research', messages: [] } },
    json: { id: 'a1', status: 'CREATED' },
  });
  if (asked) settleJob(asked, () => emitted.push(asked));
  const look = (json: object): void => {
    const found = follow({ method: 'GET', url: `${at}/a1`, json: { id: 'a1', model: 'sonar-deep-research', ...json } });
    if (found) settlePoll(found, () => emitted.push(found));
  };
  look({ status: 'IN_PROGRESS' });
  expect(emitted).toEqual([]);
  const cost = { total_cost: 0.5 };
  look({
    status: 'COMPLETED',
    response: { id: 'c1', choices: [{ finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: 6, cost } },
  });
  expect(emitted).toMatchObject([
    {
      requestModel: 'sonar-deep-research',
      responseId: 'a1',
      usage: { input_tokens: 5, output_tokens: 6 },
      finishReasons: ['stop'],
      reportedCostUsd: 0.5,
    },
  ]);
});

describe('a chat completion that xAI defers', () => {
  const at = 'https://api.x.ai/v1/chat';
  const answer = { id: 'c1', model: 'grok-4', choices: [{ finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: 6 } };
  const ask = (emitted: ObservedCall[], json: object, status = 200): void => {
    const call = follow({ url: `${at}/completions`, request: { model: 'grok-4', messages: [], deferred: true }, status, json });
    if (call) settleJob(call, () => emitted.push(call));
  };
  const fetchIt = (emitted: ObservedCall[], id: string, status: number, json: object): void => {
    const found = follow({ method: 'GET', url: `${at}/deferred-completion/${id}`, status, json });
    if (found) settlePoll(found, () => emitted.push(found));
  };

  test('is one call, told with its usage when it is fetched', () => {
    const emitted: ObservedCall[] = [];
    ask(emitted, { request_id: 'd-1' });
    fetchIt(emitted, 'd-1', 202, {});
    expect(emitted).toEqual([]);
    fetchIt(emitted, 'd-1', 200, answer);
    fetchIt(emitted, 'd-1', 200, answer);
    expect(emitted).toMatchObject([{ requestModel: 'grok-4', responseId: 'c1', usage, finishReasons: ['stop'] }]);
  });

  test('is told by the process that fetches it, whichever asked', () => {
    const emitted: ObservedCall[] = [];
    fetchIt(emitted, 'd-2', 200, answer);
    expect(emitted).toMatchObject([{ responseModel: 'grok-4', responseId: 'c1', usage }]);
  });

  test('is told at once where it is refused or answered', () => {
    const emitted: ObservedCall[] = [];
    ask(emitted, { error: 'no', request_id: 'r' }, 400);
    ask(emitted, answer);
    expect(emitted.map((call) => [call.status, call.usage])).toEqual([
      [400, {}],
      [200, usage],
    ]);
  });
});
