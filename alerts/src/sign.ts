import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** Standard Webhooks v1 headers (standardwebhooks.com): the signature is over `id.timestamp.body`, one for each secret. */
export function signedHeaders(id: string, timestampS: number, body: string, secrets: readonly string[]): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestampS}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampS),
    ...(signatures.length > 0 ? { 'webhook-signature': signatures.join(' ') } : {}),
  };
}
