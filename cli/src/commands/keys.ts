import { generateApiKey, KEY_SCOPES, type KeyScope, storedApiKeySchema } from '@tokenledger/model';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { keysPath, readStoredKeys, writeStoredKeys } from '../keys-file.ts';

const USAGE = `usage: tokenledger keys
  create <${KEY_SCOPES.join('|')}> [<tenant>]    prints the key, once
  list
  revoke <id>`;
const TENANT = storedApiKeySchema.shape.tenant;

export const keys: Command = {
  name: 'keys',
  summary: 'create, list and revoke API keys (restart the servers afterwards)',
  usage: USAGE,
  async run(args, out) {
    const { config, rest } = loadConfig({ args });
    const path = keysPath(config);
    const stored = readStoredKeys(path);
    const [action, subject, tenant = 'default'] = rest;
    if (action === 'create' && isScope(subject)) {
      if (!TENANT.safeParse(tenant).success) throw new ConfigError([`tenant: ${tenant} must be letters, digits, ., _ and -, 64 at most`]);
      const created = generateApiKey(subject, tenant);
      writeStoredKeys(path, [...stored, created.stored]);
      out(created.key);
      out('Shown once: only its SHA-256 is kept.');
    } else if (action === 'list') {
      for (const key of stored) out(`${key.id}  ${key.scope.padEnd(6)}  ${key.tenant}`);
      if (stored.length === 0) out(`no keys in ${path}`);
    } else if (action === 'revoke' && stored.some(({ id }) => id === subject)) {
      writeStoredKeys(
        path,
        stored.filter(({ id }) => id !== subject),
      );
      out(`revoked ${subject}`);
    } else {
      throw new ConfigError([action === 'revoke' && subject !== undefined ? `there is no key ${subject}` : USAGE]);
    }
    return 0;
  },
};

const isScope = (text: string | undefined): text is KeyScope => KEY_SCOPES.some((scope) => scope === text);
