import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export const FAULTS = ['refuses', 'is silent', 'answers 500', 'breaks off', 'loses the answer'] as const;
export type Fault = (typeof FAULTS)[number];

/** Stands between the collector and ClickHouse and fails in one of the ways networks and servers do. */
export interface FaultyProxy {
  readonly url: string;
  fault: Fault | undefined;
  /** Requests that met the fault. */
  readonly met: () => number;
  /** Cuts what is connected now. */
  cut(): void;
  close(): Promise<void>;
}

const SERVER_ERROR = 'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n';

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let met = 0;
  const server = createServer((client) => {
    sockets.add(client.on('error', () => client.destroy()).on('close', () => sockets.delete(client)));
    const upstream = connect(Number(port), hostname);
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', (chunk) => {
      if (proxy.fault !== undefined) met++;
      switch (proxy.fault) {
        case 'refuses':
          client.resetAndDestroy();
          break;
        case 'is silent':
          break;
        case 'answers 500':
          client.end(SERVER_ERROR);
          break;
        case 'breaks off':
          upstream.write(chunk.subarray(0, chunk.length / 2));
          setTimeout(() => client.destroy(), 5);
          break;
        case 'loses the answer':
        case undefined:
          upstream.write(chunk);
          break;
      }
    });
    upstream.on('data', (chunk) => {
      if (proxy.fault === 'loses the answer') client.destroy();
      else client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => sockets.forEach((socket) => socket.destroy());
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: undefined,
    met: () => met,
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
