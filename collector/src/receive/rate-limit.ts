import { CollectorError } from '../errors.ts';

export interface RateLimits {
  /** Of one key, in a second; absent: as many as there is room for. */
  readonly keyRequestsPerSecond?: number | undefined;
  /** Bytes of bodies as they were sent; the request that passes the limit is the last one of its second. */
  readonly keyBytesPerSecond?: number | undefined;
}

/** Who is counted together: an API key, or all who need none. */
export type Sender = string | undefined;

export interface RateLimit {
  /** @throws CollectorError `rate_limited` when the sender must wait for the next second */
  admit(sender: Sender): void;
  spend(sender: Sender, bytes: number): void;
}

interface Spent {
  requests: number;
  bytes: number;
}

/** Windows of one second, because a stock exporter waits that long and gives up when told to wait much longer. */
export function createRateLimit(limits: RateLimits, now: () => number = Date.now): RateLimit {
  const { keyRequestsPerSecond: mostRequests = Infinity, keyBytesPerSecond: mostBytes = Infinity } = limits;
  const spent = new Map<Sender, Spent>();
  let second = 0;

  function of(sender: Sender): Spent {
    const current = Math.floor(now() / 1000);
    if (current !== second) spent.clear();
    second = current;
    let sum = spent.get(sender);
    if (!sum) spent.set(sender, (sum = { requests: 0, bytes: 0 }));
    return sum;
  }

  return {
    admit(sender) {
      const sum = of(sender);
      const exceeded =
        sum.requests >= mostRequests ? `${mostRequests} requests` : sum.bytes >= mostBytes ? `${mostBytes} bytes` : undefined;
      if (exceeded) throw new CollectorError('rate_limited', `the key has used up its ${exceeded} of this second; send again in a second`);
      sum.requests += 1;
    },
    spend(sender, bytes) {
      of(sender).bytes += bytes;
    },
  };
}
