import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Health {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** `/healthz` and `/readyz` for a part that otherwise listens to nothing; they say nothing else. */
export async function startHealth(host: string, port: number, isReady: () => Promise<boolean>): Promise<Health> {
  const server = createServer((request, response) => {
    const answer = (status: number) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ ready: status === 200 }));
    if (request.url === '/healthz') answer(200);
    else if (request.url === '/readyz') void isReady().then((ready) => answer(ready ? 200 : 503));
    else answer(404);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
