import { createServer, type Server, type Socket } from 'node:net';
import { listenOn } from './listen-on.ts';

export interface Connections {
  /** Begins to listen; resolves to `host:port`. */
  listen(host: string, port: number): Promise<string>;
  /** Takes no more, and cuts off those that are still open after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Hands connections on and keeps hold of them: a session of HTTP/2 that was closed in good order waits for its peer for ever. */
export function createConnections(accept: (socket: Socket) => void): Connections {
  const open = new Set<Socket>();
  const servers: Server[] = [];
  function createListener(): Server {
    const server = createServer((socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      accept(socket);
    });
    servers.push(server);
    return server;
  }
  return {
    listen: (host, port) => listenOn(createListener, host, port),
    async close(graceMs) {
      const cutOff = setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, graceMs);
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      clearTimeout(cutOff);
    },
  };
}
