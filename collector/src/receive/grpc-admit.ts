import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { CollectorError } from '../errors.ts';
import type { Gate } from './gate.ts';

export interface AdmitOptions {
  /** @throws CollectorError when the key may not send, or not now */
  readonly admit: (metadata: Metadata) => void;
  readonly receiving: Gate;
  /** Time for a message to arrive once it is its turn. */
  readonly requestMs: number;
  readonly refuse: (error: unknown, path: string) => Parameters<ServerInterceptingCall['sendStatus']>[0];
}

/**
 * Asks key and room before a byte of the message is read: until the metadata is passed on, flow control holds the sender back. A place
 * is held until the request is whole or the call is over.
 */
export function admitCalls({ admit, receiving, requestMs, refuse }: AdmitOptions): ServerInterceptor {
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
              admit(metadata);
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
