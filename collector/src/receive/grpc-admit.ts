import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { CollectorError } from '../errors.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from './gate.ts';

export interface AdmitOptions {
  /** @throws CollectorError when the key may not send, or not now */
  readonly admit: (metadata: Metadata) => void;
  readonly receiving: Gate;
  /** Time for a message to arrive once it is its turn. */
  readonly requestMs: number;
  /** Calls of keys beyond their rate that may wait for the next second. */
  readonly mostWaiting: number;
  readonly refuse: (error: unknown, path: string) => Parameters<ServerInterceptingCall['sendStatus']>[0];
}

/**
 * Asks key and room before a byte of the message is read: until the metadata is passed on, flow control holds the sender back. A place
 * is held until the request is whole or the call is over.
 */
export function admitCalls({ admit, receiving, requestMs, mostWaiting, refuse }: AdmitOptions): ServerInterceptor {
  const admitInTime = createPatientAdmission(mostWaiting);
  return ({ path }, call) => {
    const whole = Promise.withResolvers<void>();
    const tooSlow = () => call.sendStatus(refuse(new CollectorError('overloaded', 'the message did not arrive in time; send again'), path));

    async function receive(proceed: () => void): Promise<void> {
      const timer = setTimeout(tooSlow, requestMs);
      proceed();
      await whole.promise;
      clearTimeout(timer);
    }

    return new ServerInterceptingCall(call, {
      start(next) {
        next({
          async onReceiveMetadata(metadata, proceed) {
            try {
              await admitInTime(() => admit(metadata));
              await receiving(() => receive(() => proceed(metadata)));
            } catch (error) {
              call.sendStatus(refuse(error, path));
            }
          },
          onReceiveHalfClose(proceed) {
            // First the handler counts the message among the bytes in flight, then the next may come.
            proceed();
            whole.resolve();
          },
          onCancel() {
            whole.resolve();
          },
        });
      },
    });
  };
}

/** Exporters give up after ten seconds. */
const MOST_SECONDS = 5;

/** An exporter that does not retry over gRPC (the one for JavaScript) loses what is refused; a call that waits unread costs nothing. */
function createPatientAdmission(mostWaiting: number): (admit: () => void) => Promise<void> {
  let waiting = 0;
  return async (admit) => {
    for (let seconds = 0; ; seconds++) {
      try {
        return admit();
      } catch (error) {
        const mayWait = error instanceof CollectorError && error.code === 'rate_limited' && seconds < MOST_SECONDS && waiting < mostWaiting;
        if (!mayWait) throw error;
      }
      waiting++;
      await sleep(1000 - (Date.now() % 1000) + Math.random() * 50);
      waiting--;
    }
  };
}
