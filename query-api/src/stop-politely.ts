import type { FastifyInstance } from 'fastify';

const SWEEP_MS = 100;

/**
 * `close()` waits for keep-alive connections, up to their timeout of a minute. Once stopping, every answer asks its client to
 * hang up, and connections that fall idle are closed, so that stopping takes as long as the requests in flight.
 */
export function stopPolitely(app: FastifyInstance): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS);
    app.server.once('close', () => clearInterval(sweep));
  });
  app.addHook('onSend', async (_request, reply) => {
    if (stopping) void reply.header('connection', 'close');
  });
}
