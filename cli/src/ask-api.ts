import { type Config, ConfigError } from './config.ts';

/** A GET of the running query API, as a user of it: the embedded ClickHouse belongs to one process, so commands ask that one. */
export async function askApi(config: Config, path: string): Promise<unknown> {
  const url = new URL(path, config.api_url ?? `http://${config.host}:${String(config.api_port)}`);
  const headers = config.api_key ? { authorization: `Bearer ${config.api_key}` } : {};
  const answer = await fetch(url, { headers }).catch((error: unknown) => {
    throw new ConfigError([`${url.origin} does not answer (${reasonOf(error)}); is \`tokenledger up\` running there?`]);
  });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new ConfigError([`${url.href} answered ${String(answer.status)}: ${JSON.stringify(body)}`]);
  return body;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
