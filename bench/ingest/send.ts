import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from './load.ts';

export interface Sent {
  readonly acknowledged: number;
  readonly refused: number;
  /** Ascending, milliseconds from the first byte sent to the answer. */
  readonly latencies: readonly number[];
  /** Of each hundred moments of the generator the latest: so much of the latencies can be its own. */
  readonly ownDelayP99Ms: number;
}

export interface SendOptions {
  readonly connections: number;
  readonly durationMs: number;
  /** All connections together; absent: as fast as they are answered. */
  readonly spansPerSecond?: number;
}

/** Sends one request after another on each connection until the time is over. Raw sockets: the generator shares the machine. */
export async function send(url: string, load: Load, { connections, durationMs, spansPerSecond }: SendOptions): Promise<Sent> {
  const began = performance.now();
  const result = { acknowledged: 0, refused: 0, latencies: [] as number[] };
  const ownDelay = monitorEventLoopDelay({ resolution: 1 });
  ownDelay.enable();
  const everyMs = spansPerSecond === undefined ? 0 : (load.spansPerRequest / spansPerSecond) * connections * 1000;
  await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      const next = load.sender(connection);
      const socket = connect(Number(new URL(url).port), '127.0.0.1').setNoDelay(true);
      let due = began + (everyMs * connection) / connections;
      // At a pace nobody begins together: one request of each connection at one instant is more than the slowest hundredth of all.
      if (everyMs > 0) await sleep(Math.max(0, due - performance.now()));
      while (performance.now() < began + durationMs) {
        const sent = performance.now();
        const status = await exchange(socket, load.headers, next());
        result.latencies.push(performance.now() - sent);
        if (status === 200) result.acknowledged += load.spansPerRequest;
        else result.refused += load.spansPerRequest;
        due = Math.max(due + everyMs, performance.now() - 1000);
        // What is refused comes again after a second, as the answer asks.
        const waitMs = status === 200 ? due - performance.now() : 1000;
        if (waitMs > 0 && everyMs + waitMs > 1) await sleep(waitMs);
      }
      socket.destroy();
    }),
  );
  ownDelay.disable();
  result.latencies.sort((a, b) => a - b);
  return { ...result, ownDelayP99Ms: ownDelay.percentile(99) / 1e6 };
}

/** The body is sent from where it lies: the next is made there when this one is answered. */
function exchange(socket: Socket, headers: string, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const onData = (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      const headEnd = answer.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
      if (answer.length < headEnd + 4 + length) return;
      socket.off('data', onData).off('error', reject);
      resolve(Number(answer.slice(9, 12)));
    };
    socket.on('data', onData).once('error', reject);
    socket.cork();
    socket.write(`POST /v1/traces HTTP/1.1\r\nhost: x\r\n${headers}content-length: ${body.length}\r\n\r\n`, 'latin1');
    socket.write(body);
    socket.uncork();
  });
}
