import { generateApiKey, KEY_SCOPES, type KeyScope } from '@tokenledger/model';
import type { Command } from '../command.ts';
import { ConfigError, loadConfig } from '../config.ts';
import { keysPath, readStoredKeys, writeStoredKeys } from '../keys-file.ts';

const USAGE = `keys create <${KEY_SCOPES.join('|')}> [tenant] | keys list | keys revoke <id>`;

export const keys: Command = {
  name: 'keys',
  summary: 'create, list and revoke API keys (restart the servers afterwards)',
  async run(args, out) {
    const { config, rest } = loadConfig({ args });
    const path = keysPath(config);
    const stored = readStoredKeys(path);
    const [action, subject, tenant = 'default'] = rest;
    if (action === 'create' && isScope(subject)) {
      const created = generateApiKey(subject, tenant);
      writeStoredKeys(path, [...stored, created.stored]);
      out(created.key);
      out('Shown once: only its SHA-256 is kept.');
    } else if (action === 'list') {
      for (const key of stored) out(`${key.id}  ${key.scope.padEnd(6)}  ${key.tenant}`);
    } else if (action === 'revoke' && stored.some(({ id }) => id === subject)) {
      writeStoredKeys(
        path,
        stored.filter(({ id }) => id !== subject),
      );
      out(`revoked ${subject}`);
    } else {
      throw new ConfigError([action === 'revoke' ? `there is no key ${subject ?? ''}` : `usage: tokenledger ${USAGE}`]);
    }
    return 0;
  },
};

const isScope = (text: string | undefined): text is KeyScope => KEY_SCOPES.some((scope) => scope === text);
