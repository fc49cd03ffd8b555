import { once } from 'node:events';
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { connectGrpc } from '../otlp/grpc-client.ts';
import { chatSpan, toProtobuf, tracesRequest } from '../otlp/messages.ts';
import { start, until } from '../start.ts';

const good = toProtobuf(tracesRequest([chatSpan(1)]));
const HEADERS = {
  ':method': 'POST',
  ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  'content-type': 'application/grpc',
  te: 'trailers',
};

test('a peer that opens and resets streams without end (rapid reset) is cut off or costs nothing, and others are served', async () => {
  const { grpcUrl, books } = await start({ grpcPort: 0 });
  const abuser = connectHttp2(grpcUrl ?? '');
  abuser.on('error', () => undefined);
  onTestFinished(() => abuser.destroy());
  const before = process.memoryUsage().rss;
  for (let burst = 0; burst < 40 && !abuser.closed; burst++) {
    for (let stream = 0; stream < 250 && !abuser.closed; stream++) {
      const request = abuser.request(HEADERS);
      request.on('error', () => undefined);
      request.close(constants.NGHTTP2_CANCEL);
    }
    await sleep(1);
  }
  const answer = await connectGrpc(grpcUrl).export('traces', good);
  expect(answer.code).toBe(0);
  await until(async () => (await books()).stored === 1);
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(200);
}, 60_000);

test('what speaks no HTTP/2, half of it, or sends settings, pings and headers without end holds up nobody', async () => {
  const { grpcUrl, books } = await start({ grpcPort: 0 });
  const { port } = new URL(grpcUrl ?? '');
  const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const frame = (type: number, payload: Buffer, flags = 0, stream = 0) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const SETTINGS = frame(4, Buffer.alloc(0));
  const abuses = [
    Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
    PREFACE.subarray(0, 10),
    Buffer.concat([PREFACE, ...Array<Buffer>(5000).fill(SETTINGS)]),
    Buffer.concat([PREFACE, SETTINGS, ...Array<Buffer>(5000).fill(frame(6, Buffer.alloc(8)))]),
    Buffer.concat([PREFACE, SETTINGS, frame(1, Buffer.alloc(10), 0, 1), ...Array<Buffer>(2000).fill(frame(9, Buffer.alloc(1000), 0, 1))]),
    Buffer.concat([PREFACE, SETTINGS, frame(0, Buffer.alloc(16_384), 0, 99)]),
  ];
  for (const bytes of abuses) {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.resume().write(bytes);
  }
  await sleep(200);
  for (let number = 0; number < 5; number++) {
    expect((await connectGrpc(grpcUrl).export('traces', toProtobuf(tracesRequest([chatSpan(number + 10)])))).code).toBe(0);
  }
  await until(async () => (await books()).stored === 5);
}, 60_000);
