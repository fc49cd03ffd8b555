import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';

/** Everything that is not the public internet, as IANA's special-purpose registries list it. */
const IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's wire server: a public address that answers with secrets.
  ['168.63.129.16', 32],
];
/** IPv4-mapped addresses (::ffff:0:0/96) are judged by the IPv4 list: Node's BlockList sees through them. */
const IPV6: readonly (readonly [string, number])[] = [
  ['::', 96],
  // IPv4-translated (SIIT): a router may make IPv4 of it.
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const PRIVATE = new BlockList();
for (const [net, prefix] of IPV4) PRIVATE.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of IPV6) PRIVATE.addSubnet(net, prefix, 'ipv6');

export class DestinationBlocked extends Error {
  readonly code = 'destination_blocked';
  constructor(address: string) {
    super(`the receiver's address ${address} is private; set allow_private if that is meant`);
    this.name = 'DestinationBlocked';
  }
}

export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

interface Guard {
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  /** Default the system's. */
  readonly resolve?: Resolve;
}
type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A dispatcher that judges an address three times: written as a number, as DNS answers (so that a closed private port looks like an
 * open one), and on the connected socket before a byte is sent, which no rebinding name gets around.
 */
export function guardedAgent({ allowPrivate, timeoutMs, resolve = lookup }: Guard): Agent {
  const connect = buildConnector({ timeout: timeoutMs, ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }) });
  return new Agent({
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect(options, callback) {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (!allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) return callback(new DestinationBlocked(host), null);
      connect(options, (error, socket) => {
        if (error) return callback(error, null);
        const address = socket.remoteAddress ?? '';
        if (!allowPrivate && (address === '' || isPrivateAddress(address))) {
          socket.destroy();
          return callback(new DestinationBlocked(address), null);
        }
        return callback(null, socket);
      });
    },
  });
}

/** As `dns.lookup`, but one private address among the answers is an error. */
const publicLookup =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const blocked = addresses.find(({ address }) => isPrivateAddress(address));
      if (blocked) return callback(new DestinationBlocked(blocked.address), '', 0);
      const [first] = addresses;
      return options.all ? callback(null, addresses) : callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
