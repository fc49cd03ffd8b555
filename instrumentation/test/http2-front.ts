import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './self-signed.ts';

/** What HTTP/2 does not know, or says otherwise. */
const NOT_PASSED = new Set(['host', 'connection', 'transfer-encoding', 'keep-alive']);

export interface Http2Front {
  /** Clients that offer it get HTTP/2, as from the large providers. */
  readonly tlsUrl: string;
  /** HTTP/2 without TLS. */
  readonly plainUrl: string;
  /** PEM, for `NODE_EXTRA_CA_CERTS`. */
  readonly cert: string;
  readonly versions: readonly string[];
  close(): void;
}

/** Passes what comes by HTTP/2 on to a server that knows HTTP/1.1 only. */
export async function startHttp2Front(target: string): Promise<Http2Front> {
  const versions: string[] = [];
  const passOn = (incoming: http2.Http2ServerRequest, outgoing: http2.Http2ServerResponse): void => {
    versions.push(incoming.httpVersion);
    const { method, url } = incoming;
    const passed = request(`${target}${url}`, { method, headers: without(incoming.headers) }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, without(answer.headers));
      answer.on('error', () => outgoing.destroy()).pipe(outgoing);
      outgoing.on('close', () => answer.destroy());
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  };
  const { key, cert } = selfSigned();
  const plain = http2.createServer(passOn);
  const tls = http2.createSecureServer({ key, cert, allowHTTP1: true }, passOn);
  const ports: number[] = [];
  for (const server of [plain, tls]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  return {
    plainUrl: `http://127.0.0.1:${ports[0]}`,
    tlsUrl: `https://127.0.0.1:${ports[1]}`,
    cert,
    versions,
    close() {
      plain.close();
      tls.close();
    },
  };
}

function without(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':') && !NOT_PASSED.has(name)));
}
