import { type Config, ConfigError } from './config.ts';

interface Question {
  readonly method: 'POST' | 'PUT';
  readonly body: object;
}

/** Asks the running query API, as a user of it (GET, unless told otherwise): the embedded ClickHouse belongs to one process, so commands ask that one. */
export async function askApi(config: Config, path: string, question?: Question): Promise<unknown> {
  const url = new URL(path, config.api_url ?? `http://${config.host}:${String(config.api_port)}`);
  const headers = {
    ...(config.api_key && { authorization: `Bearer ${config.api_key}` }),
    ...(question && { 'content-type': 'application/json' }),
  };
  const body = question && JSON.stringify(question.body);
  const answer = await fetch(url, { headers, ...(question && { method: question.method, body }) }).catch((error: unknown) => {
    throw new ConfigError([`${url.origin} does not answer (${reasonOf(error)}); is \`tokenledger up\` running there?`]);
  });
  const said: unknown = await answer.json();
  if (!answer.ok) throw new ConfigError([`${url.href} answered ${String(answer.status)}: ${detailOf(said)}`]);
  return said;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** A problem says in words what is wrong (RFC 9457); whatever else answers is shown as it is. */
function detailOf(said: unknown): string {
  const { detail } = (said ?? {}) as { readonly detail?: unknown };
  return typeof detail === 'string' ? detail : JSON.stringify(said);
}
