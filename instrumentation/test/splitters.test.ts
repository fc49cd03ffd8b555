import { describe, expect, test } from 'vitest';
import { EventSplitter } from '../src/wire/event-splitter.ts';
import { FrameSplitter } from '../src/wire/frame-splitter.ts';
import { BodyEdges } from '../src/wire/body-edges.ts';
import { follow } from './follow.ts';
import { frame } from './recorded-exchanges.ts';

const BILL = { input_tokens: 7, output_tokens: 9 };
const FIRST = '{"id":"a","model":"m","choices":[{"index":0,"delta":{"content":"ü"}}]}';
const LAST = '{"id":"a","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":9}}';
const PRETTY = JSON.stringify(JSON.parse(LAST), undefined, 2).replaceAll('\n', '\ndata: ');

/** How servers write the same two events. */
const DIALECTS: Readonly<Record<string, string>> = {
  'as OpenAI does': `data: ${FIRST}\n\ndata: ${LAST}\n\ndata: [DONE]\n\n`,
  'with CR LF': `data: ${FIRST}\r\n\r\ndata: ${LAST}\r\n\r\ndata: [DONE]\r\n\r\n`,
  'with CR alone': `data: ${FIRST}\r\rdata: ${LAST}\r\rdata: [DONE]\r\r`,
  'without spaces': `data:${FIRST}\n\ndata:${LAST}\n\n`,
  'with comments, names, ids and waiting times': `: OPENROUTER PROCESSING\n\nretry: 10\nid: 1\nevent: chunk\ndata: ${FIRST}\n\n: ping\n\nevent: chunk\ndata: ${LAST}\n\n`,
  'with an event in many lines': `data: ${FIRST}\n\ndata: ${PRETTY}\n\ndata: [DONE]\n\n`,
  'with an event in many lines and CR LF': `data: ${FIRST}\n\ndata: ${PRETTY}\n\n`.replaceAll('\n', '\r\n'),
  'without empty lines': `data: ${FIRST}\ndata: ${LAST}\ndata: [DONE]\n`,
  'without an end': `data: ${FIRST}\n\ndata: ${LAST}`,
  'with a byte order mark': `\uFEFFdata: ${FIRST}\n\ndata: ${LAST}\n\n`,
  'with the usage behind the end': `data: ${FIRST}\n\ndata: [DONE]\n\ndata: ${LAST}\n\n`,
};

describe.each(Object.keys(DIALECTS))('events written %s', (dialect) => {
  const bytes = Buffer.from(DIALECTS[dialect] ?? '');
  const url = 'https://gateway.example/v1/chat/completions';
  const request = { model: 'm', stream: true, messages: [] };

  test.each(['text/event-stream', 'text/plain', 'application/octet-stream'])('are read wherever the socket cuts them (%s)', (type) => {
    for (let at = 0; at <= bytes.length; at++) {
      const cut = (): Buffer[] => [bytes.subarray(0, at), bytes.subarray(at)];
      const call = follow({ url, request, bytes, headers: { 'content-type': type } }, cut);
      expect([at, call?.usage, call?.answerBytes]).toEqual([at, BILL, 2]);
    }
  });

  test('are read byte by byte', () => {
    const cut = (): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]));
    expect(follow({ url, request, bytes, headers: { 'content-type': 'text/event-stream' } }, cut)?.usage).toEqual(BILL);
  });
});

/** An exchange reads small answers in one go; splitters get them as they are cut. */
function cuts(bytes: Buffer): readonly (readonly Buffer[])[] {
  const inTwo = Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
  return [...inTwo, [...bytes].map((byte) => Buffer.from([byte]))];
}

test.each(Object.keys(DIALECTS))('the splitter itself tells the same events however their bytes come (%s)', (dialect) => {
  for (const pieces of cuts(Buffer.from(DIALECTS[dialect] ?? ''))) {
    const told: string[] = [];
    const splitter = new EventSplitter((data) => told.push(data));
    for (const piece of pieces) splitter.push(piece);
    splitter.end();
    const events = told.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data) as unknown);
    expect(events).toEqual([JSON.parse(FIRST), JSON.parse(LAST)]);
  }
});

test('an event in several lines is told as one, and one behind an empty line as another', () => {
  const told: string[] = [];
  const splitter = new EventSplitter((data) => told.push(data));
  splitter.push(Buffer.from('data: one\ndata: two\n\ndata: three\n\n'));
  expect(told).toEqual(['one\ntwo', 'three']);
});

test('frames are told as they were sent however their bytes come; behind what is none nothing is', () => {
  const sent = [{ n: 1 }, { text: 'ü' }, { n: 3 }];
  for (const pieces of cuts(Buffer.concat(sent.map((event) => frame(event))))) {
    const payloads: string[] = [];
    const splitter = new FrameSplitter((payload) => payloads.push(payload));
    for (const piece of pieces) splitter.push(piece);
    expect(payloads.map((payload) => JSON.parse(payload) as unknown)).toEqual(sent);
  }
  const payloads: string[] = [];
  const splitter = new FrameSplitter((payload) => payloads.push(payload));
  splitter.push(Buffer.concat([frame({ n: 1 }), Buffer.alloc(40), frame({ n: 2 })]));
  splitter.end();
  expect(payloads).toEqual(['{"n":1}']);
});

test('an event with a picture of several megabytes in it still tells its usage', () => {
  const picture = 'A'.repeat(2_500_000);
  const usage = { input_tokens: 50, output_tokens: 4160, total_tokens: 4210, input_tokens_details: { text_tokens: 50, image_tokens: 0 } };
  const done = { type: 'image_generation.completed', b64_json: picture, size: '1024x1024', usage };
  const events = [{ type: 'image_generation.partial_image', b64_json: picture, partial_image_index: 0 }, done];
  const request = { model: 'gpt-image-1', prompt: 'a cat', stream: true };
  const pieces = (answer: Buffer): Buffer[] =>
    Array.from({ length: Math.ceil(answer.length / 65_536) }, (_, index) => answer.subarray(index * 65_536, (index + 1) * 65_536));
  const call = follow({ url: 'https://api.openai.com/v1/images/generations', request, events }, pieces);
  expect(call?.usage).toMatchObject({ input_tokens: 50, output_tokens: 4160 });
});

test('a frame that is too big is left out, and those behind it are read', () => {
  const payloads: string[] = [];
  const splitter = new FrameSplitter((payload) => payloads.push(payload));
  const bytes = Buffer.concat([frame({ n: 1 }), frame({ picture: 'A'.repeat(2_000_000) }), frame({ n: 2 })]);
  for (let at = 0; at < bytes.length; at += 10_000) splitter.push(bytes.subarray(at, at + 10_000));
  expect(payloads).toEqual(['{"n":1}', '{"n":2}']);
});

test('an event that never ends costs no more memory than its edges', () => {
  const told: string[] = [];
  const splitter = new EventSplitter((data) => told.push(data));
  splitter.push(Buffer.from('data: {"id":"a","x":"'));
  for (let count = 0; count < 10; count++) splitter.push(Buffer.alloc(1_000_000, 'A'));
  splitter.push(Buffer.from('","usage":{}}'));
  splitter.end();
  expect(told[0]?.length).toBeLessThan(2_100_000);
  expect(told[0]?.startsWith('{"id":"a"')).toBe(true);
  expect(told[0]?.endsWith('"usage":{}}')).toBe(true);
});

test('of a body so much is kept, in one piece or in many, whole or its edges', () => {
  const body = Buffer.from(`begin${'x'.repeat(3_000_000)}end`);
  for (const piece of [body.length, 1_000, 100_000]) {
    const edges = new BodyEdges();
    for (let at = 0; at < body.length; at += piece) edges.push(body.subarray(at, at + piece));
    expect(edges.isWhole).toBe(false);
    expect(edges.bytes().length).toBeLessThan(300_000);
    expect([edges.bytes().toString().startsWith('begin'), edges.bytes().toString().endsWith('end')]).toEqual([true, true]);
  }
  const small = new BodyEdges();
  small.push(body.subarray(0, 5));
  expect([small.isWhole, small.bytes().toString()]).toEqual([true, 'begin']);
});

test.each([
  ['three megabytes', 'x'.repeat(3_000_000), 14, undefined],
  ['half a megabyte', 'x'.repeat(500_000), 14, 125_000],
])('of a request of %s what decides a price is known; a prompt that is not read is not guessed', (_, content, maxTokens, input) => {
  const request = {
    messages: [{ role: 'user', content }],
    stream: true,
    max_tokens: maxTokens,
    reasoning: { effort: 'low' },
    model: 'gpt-5',
  };
  const call = follow({
    url: 'https://api.openai.com/v1/chat/completions',
    request,
    events: [{ id: 'a', choices: [{ delta: { content: 'abcd' } }] }],
  });
  expect(call).toMatchObject({ requestModel: 'gpt-5', usage: { output_tokens: 1 } });
  expect(call?.usage.input_tokens).toBe(input);
  expect(call?.attributes).toMatchObject({ 'gen_ai.request.max_tokens': 14, 'gen_ai.request.reasoning.level': 'low' });
});
