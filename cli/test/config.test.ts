import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigError, isLoopback, loadConfig, maskedConfig } from '../src/config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokenledger-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (content: string) => {
  const path = join(folder, 'tokenledger.yaml');
  writeFileSync(path, content);
  return path;
};

test('flags win over the environment, the environment over the file, the file over defaults', () => {
  const config = file('api_port: 1\notlp_http_port: 1\njaeger_port: 1\n');
  const loaded = loadConfig({
    args: ['--config', config, '--api-port', '3'],
    environment: { TOKENLEDGER_API_PORT: '2', TOKENLEDGER_OTLP_HTTP_PORT: '2' },
  });
  expect(loaded.config).toMatchObject({ api_port: 3, otlp_http_port: 2, jaeger_port: 1, data_dir: './.tokenledger' });
});

test('all problems are told at once', () => {
  const config = file('api_prot: 1\nlog_level: loud\n');
  const load = () => loadConfig({ args: ['--config', config, '--otlp-http-port', '99999'], environment: { TOKENLEDGER_TYPO: 'x' } });
  expect(load).toThrow(ConfigError);
  try {
    load();
  } catch (error) {
    const { problems } = error as ConfigError;
    expect(problems.join('\n')).toMatch(/TOKENLEDGER_TYPO: unknown setting/);
    expect(problems.join('\n')).toMatch(/api_prot/);
    expect(problems.join('\n')).toMatch(/log_level/);
    expect(problems.join('\n')).toMatch(/otlp_http_port/);
  }
});

test('an unknown flag is refused by name', () => {
  expect(() => loadConfig({ args: ['--api-prot', '1'], environment: {} })).toThrow(
    "Unknown option '--api-prot': `tokenledger help` lists them",
  );
});

test('a secret never reaches the log', () => {
  const { config } = loadConfig({ args: ['--clickhouse-password', 'hunter2'], environment: {} });
  expect(JSON.stringify(maskedConfig(config))).not.toContain('hunter2');
});

test('only loopback addresses count as loopback', () => {
  expect(['127.0.0.1', '127.8.8.8', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.example'].map(isLoopback)).toEqual([false, false, false, false]);
});

test("a command's own flags stand beside the settings, and are unknown to other commands", () => {
  const flags = { from: { type: 'string' }, 'dry-run': { type: 'boolean' } } as const;
  const loaded = loadConfig({ args: ['now', '--dry-run', '--api-port', '3', '--from', 'x'], flags, environment: {} });
  expect(loaded).toMatchObject({ config: { api_port: 3 }, flags: { 'dry-run': true, from: 'x' }, rest: ['now'] });
  expect(loaded.config).not.toHaveProperty('from');
  expect(() => loadConfig({ args: ['--dry-run'], environment: {} })).toThrow(/--dry-run/);
});
