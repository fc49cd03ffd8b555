import type { IncomingMessage, ServerResponse } from 'node:http';

/** What goes back to who asked. */
export interface Answer {
  readonly status: number;
  /** Name, value, name, value …, without the length. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
}

/** What is done about requests of one path. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** May reject: `refuse` knows what to answer then. `invite` is called before the body is read: who asked first sends it only then. */
  answer(request: IncomingMessage, invite: () => void): Promise<Answer>;
  /** Told when it is answered. */
  readonly answered?: (status: number, seconds: number) => void;
}

/** By path. */
export type Routes = Readonly<Record<string, Route>>;

/** Head and text go out in one write, a Buffer in a second one. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  // Who asked may be gone.
  if (response.destroyed) return;
  response.writeHead(status, [...headers, 'content-length', String(Buffer.byteLength(body))]);
  if (body.length === 0) response.end();
  else response.end(body);
}
