import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Passes requests on to `target`, but answers each one's first try with 429. */
export async function startFlakyProxy(target: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.headers['x-stainless-retry-count'] === '0') {
      incoming.resume();
      outgoing.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': '5' }).end('{"error":{"message":"slow down"}}');
      return;
    }
    const { host: _, ...headers } = incoming.headers;
    const passed = request(`${target}${incoming.url}`, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
