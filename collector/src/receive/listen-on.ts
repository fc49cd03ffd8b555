import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** Who listens everywhere is reached from here at one of them. */
const REACHED_AT: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Has a server listen on the host, and one more on each other address that `localhost` has: some exporters try only IPv6 and some only IPv4.
 * Resolves to a `host:port` at which it is reached.
 * @throws what listening on the first address throws
 */
export async function listenOn(open: () => Server, host: string, port: number): Promise<string> {
  const [first = host, ...others] = host === 'localhost' ? await addressesOf(host) : [host];
  const bound = await listen(open(), first, port);
  // Where there is no IPv6, or another program has that port of it, the first address is enough.
  await Promise.allSettled(others.map((address) => listen(open(), address, bound)));
  const reached = REACHED_AT[first] ?? first;
  return `${reached.includes(':') ? `[${reached}]` : reached}:${bound}`;
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}
