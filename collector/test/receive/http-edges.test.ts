import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createKeyRing, generateApiKey } from '@tokenledger/model';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chatSpan, toJson, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { post, start, until } from '../start.ts';

const body = toProtobuf(tracesRequest([chatSpan(1)]));
const PROTOBUF = 'content-type: application/x-protobuf';

/** A connection with all that came back on it. */
async function open(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  return { socket, answered: (pattern: RegExp) => until(() => pattern.test(answer)), answer: () => answer };
}

/** Writes the head of a request, without the body. */
function ask(socket: Socket, line: string, headers: readonly string[] = []): void {
  socket.write([`${line} HTTP/1.1`, 'host: collector', PROTOBUF, ...headers, '', ''].join('\r\n'));
}

describe('Expect: 100-continue', () => {
  const expecting = (length: number) => ['expect: 100-continue', `content-length: ${length}`];

  test('who may send is invited, and its connection is kept', async () => {
    const { url, books } = await start();
    const { socket, answer, answered } = await open(url);
    for (const round of [1, 2]) {
      ask(socket, 'POST /v1/traces', expecting(body.length));
      await answered(new RegExp(`^(.*100 Continue\\r\\n\\r\\n.*){${round}}$`, 's'));
      socket.write(body);
      await answered(new RegExp(`^(.*200 OK.*\\r\\n\\r\\n){${round}}$`, 's'));
    }
    expect(answer()).not.toMatch(/connection: close/i);
    await until(async () => (await books()).received === 2);
  });

  test('who is refused learns it before it sends anything', async () => {
    const { key, stored } = generateApiKey('ingest', 'acme');
    const { url } = await start({ keys: createKeyRing([stored]) });
    const withKey = `authorization: Bearer ${key}`;
    for (const [line, headers, status] of [
      ['POST /v1/traces', expecting(1000), 401],
      ['POST /v1/traces', [withKey, ...expecting(2 ** 30)], 413],
      ['POST /v1/nothing', [withKey, ...expecting(1000)], 404],
    ] as const) {
      const { socket, answer } = await open(url);
      ask(socket, line, headers);
      await once(socket, 'end');
      expect(answer()).toMatch(new RegExp(`^HTTP/1.1 ${status} .*connection: close`, 'is'));
    }
  });
});

test('a body in chunks, without a length and with trailers, is read', async () => {
  const { url, books } = await start();
  const { socket, answered } = await open(url);
  ask(socket, 'POST /v1/traces', ['transfer-encoding: chunked']);
  for (const byte of [body.subarray(0, 1), body.subarray(1)])
    socket.write(Buffer.concat([Buffer.from(`${byte.length.toString(16)}\r\n`), byte, Buffer.from('\r\n')]));
  socket.write('0\r\nx-trailer: 1\r\n\r\n');
  await answered(/^HTTP\/1.1 200 /);
  expect(await books()).toMatchObject({ received: 1 });
});

/** The status line and body of the answer to a POST at a target, written as it is. */
async function postAt(url: string, target: string): Promise<string> {
  const { socket, answer, answered } = await open(url);
  ask(socket, `POST ${target}`, [`content-length: ${body.length}`]);
  socket.write(body);
  await answered(/\r\n\r\n/);
  return answer();
}

test('an endpoint put together by hand still means what it says, and what is none is told where they are', async () => {
  const { url } = await start();
  for (const target of ['/v1/traces/', '//v1/traces', '/v1//traces?from=here', 'http://collector.example/v1/traces', '/v1/%74races']) {
    expect(await postAt(url, target), target).toMatch(/^HTTP\/1.1 200 /);
  }
  for (const target of ['/v1/traces/x', '/v1/traces%', '/', 'http://collector.example', '/__proto__']) {
    expect(await postAt(url, target), target).toMatch(/^HTTP\/1.1 404 .*POST at \/v1\/traces/s);
  }
});

test('each endpoint says which methods it takes', async () => {
  const { url } = await start();
  for (const [path, method, status, allow] of [
    ['/v1/traces', 'PUT', 405, 'POST'],
    ['/v1/traces', 'HEAD', 405, 'POST'],
    ['/v1/traces', 'OPTIONS', 405, 'POST'],
    ['/v1/books', 'POST', 405, 'GET, HEAD'],
    ['/v1/books', 'HEAD', 200, null],
  ] as const) {
    const response = await fetch(url + path, { method });
    expect([method, path, response.status, response.headers.get('allow')]).toEqual([method, path, status, allow]);
  }
});

describe('pages in browsers', () => {
  const page = 'https://app.example';
  const preflight = (url: string, origin: string) =>
    fetch(`${url}/v1/traces`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
    });
  const allowed = (response: { headers: Headers }) => response.headers.get('access-control-allow-origin');

  test('may not send unless their origin is named', async () => {
    const { url } = await start();
    const answer = await preflight(url, page);
    expect([answer.status, allowed(answer)]).toEqual([405, null]);
    expect(allowed(await post(`${url}/v1/traces`, body, { origin: page }))).toBeNull();
  });

  test('of a named origin may, and learn when to come again; others may not', async () => {
    const { url } = await start({ limits: { corsOrigins: [page] } });
    const answer = await preflight(url, page);
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization,content-type',
      vary: 'origin',
    });
    const json = { origin: page, 'content-type': 'application/json' };
    const sent = await post(`${url}/v1/traces`, toJson(tracesRequest([chatSpan(1)])), json);
    expect([sent.status, allowed(sent)]).toEqual([200, page]);
    const refused = await post(`${url}/v1/traces`, 'no JSON', json);
    expect([refused.status, allowed(refused), refused.headers.get('access-control-expose-headers')]).toEqual([400, page, 'retry-after']);
    for (const other of ['https://evil.example', 'https://app.example.evil.example', 'null'])
      expect(allowed(await preflight(url, other))).toBeNull();
  });

  test('of every origin may where that is asked for', async () => {
    const { url } = await start({ limits: { corsOrigins: ['*'] } });
    expect(allowed(await preflight(url, page))).toBe(page);
  });
});
