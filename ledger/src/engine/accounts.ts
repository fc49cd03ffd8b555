import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refuse } from './clickhouse-error.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
  /** Only reads, and no settings in the SQL. */
  readonly readonly: boolean;
}

/** Finds the account of a request: Basic, X-ClickHouse-User/-Key or URL parameters, as ClickHouse does. */
export function authenticate(accounts: readonly Account[], request: IncomingMessage, params: URLSearchParams): Account {
  const { username, password } = credentials(request, params);
  const account = accounts.find((candidate) => candidate.username === username);
  if (account === undefined || !timingSafeEqual(digest(password), digest(account.password))) {
    const detail = `${username}: Authentication failed: password is incorrect, or there is no user with such name.`;
    throw refuse('AUTHENTICATION_FAILED', detail);
  }
  return account;
}

function credentials(request: IncomingMessage, params: URLSearchParams): { username: string; password: string } {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [username = '', ...rest] = Buffer.from(basic, 'base64').toString().split(':');
    return { username, password: rest.join(':') };
  }
  const username = request.headers['x-clickhouse-user'] ?? params.get('user') ?? 'default';
  const password = request.headers['x-clickhouse-key'] ?? params.get('password') ?? '';
  return { username: String(username), password: String(password) };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
