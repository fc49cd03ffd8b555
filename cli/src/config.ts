import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();
const port = z.coerce.number().int().min(0).max(65_535);

/** Every setting once. `otlp_http_port` in YAML is `--otlp-http-port` as a flag and `TOKENLEDGER_OTLP_HTTP_PORT` in the environment. */
const settings = {
  data_dir: z.string().default('./.tokenledger').describe('where journal, embedded ClickHouse and keys live'),
  host: z.string().default('127.0.0.1').describe('address to listen on; other than loopback needs keys'),
  otlp_http_port: port.default(4318).describe('OTLP over HTTP'),
  otlp_grpc_port: port.default(4317).describe('OTLP over gRPC'),
  api_port: port.default(4320).describe('query API'),
  jaeger_port: port.default(16_686).describe('Jaeger-compatible routes'),
  alerts_port: port.default(4321).describe('health of `alerts` alone'),
  alerts_file: z.string().optional().describe('rules and receivers of alerts (YAML)'),
  public_url: z.url().optional().describe('where readers of an alert reach dashboards and query API'),
  clickhouse_url: z.url().optional().describe('a ClickHouse server instead of the embedded one'),
  clickhouse_user: z.string().default('default').describe('ClickHouse user'),
  clickhouse_password: z.string().default('').describe('ClickHouse password'),
  clickhouse_database: z.string().regex(/^\w+$/, 'letters, digits and _ only').default('tokenledger').describe('ClickHouse database'),
  clickhouse_cluster: z.string().regex(/^\w*$/, 'letters, digits and _ only').optional().describe('ClickHouse cluster to create tables on'),
  collector_url: z.url().optional().describe('where `query-api` alone finds the books of the collector'),
  api_url: z.url().optional().describe('query API that commands such as `explain` ask; default host and api-port'),
  api_key: z.string().optional().describe('key that such commands ask with'),
  durability: z
    .enum(['fsync', 'write', 'memory'])
    .default('fsync')
    .describe('a 200 survives: fsync a power cut, write a kill, memory neither'),
  journal_bytes: positive.optional().describe('disk the journal may take while ClickHouse is away; default 1 GiB'),
  key_requests_per_second: positive.optional().describe('OTLP requests one key may send in a second; beyond it they are told to wait'),
  key_bytes_per_second: positive.optional().describe('bytes one key may send in a second'),
  cors_origins: z.string().optional().describe('origins of web pages that may send OTLP, with commas between, * for any; default none'),
  prices_file: z.string().optional().describe("the operator's own prices: contracts, custom models, deployments (YAML)"),
  keys_file: z.string().optional().describe('API keys; default <data-dir>/keys.json'),
  log_level: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info').describe('how much to log'),
} as const;

const configSchema = z.strictObject(settings);
export type Config = z.infer<typeof configSchema>;
type Setting = keyof typeof settings;

const SETTINGS = Object.keys(settings) as readonly Setting[];
const SECRETS: readonly Setting[] = ['clickhouse_password', 'api_key'];
const ENVIRONMENT_PREFIX = 'TOKENLEDGER_';
/** Variables with our prefix that are read elsewhere: by the instrumentation in an app, and by Grafana's provisioning. */
const FOREIGN: ReadonlySet<string> = new Set([
  'TOKENLEDGER_DISABLED',
  'TOKENLEDGER_FINGERPRINT_KEY',
  'TOKENLEDGER_INCLUDE_USAGE',
  'TOKENLEDGER_DASHBOARDS',
  'TOKENLEDGER_JAEGER_URL',
  'TOKENLEDGER_KEYS',
  'TOKENLEDGER_QUERY_KEY',
]);

export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Flags of one command beside the settings, as `parseArgs` wants them. */
export type CommandFlags = Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;

export type FlagValues<Flags extends CommandFlags> = {
  readonly [Name in keyof Flags]?: Flags[Name]['type'] extends 'boolean' ? boolean : string;
};

export interface Loaded<Flags extends CommandFlags> {
  readonly config: Config;
  /** Of the command's own flags, those that were given. */
  readonly flags: FlagValues<Flags>;
  readonly rest: readonly string[];
}

interface Sources<Flags extends CommandFlags> {
  readonly args: readonly string[];
  readonly flags?: Flags;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly defaults?: Partial<Record<Setting, string>>;
}

/**
 * Flags > `TOKENLEDGER_*` environment > `tokenledger.yaml` (or `--config FILE`) > defaults. All problems are reported together.
 * @throws ConfigError
 */
export function loadConfig<const Flags extends CommandFlags = Record<string, never>>(sources: Sources<Flags>): Loaded<Flags> {
  const { args, environment = process.env, defaults = {} } = sources;
  const problems: string[] = [];
  const { settings: given, flags, file, rest } = readFlags(args, sources.flags ?? {}, problems);
  const merged = { ...defaults, ...readFile(file, problems), ...readEnvironment(environment, problems), ...given };
  const parsed = configSchema.safeParse(merged);
  for (const issue of parsed.error?.issues ?? []) problems.push(describeIssue(issue));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return { config: parsed.data, flags: flags as FlagValues<Flags>, rest };
}

/** The configuration in force, fit for a log: secrets masked, absent settings left out. */
export function maskedConfig(config: Config): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    SETTINGS.filter((name) => config[name] !== undefined && config[name] !== '').map((name) => [
      name,
      SECRETS.includes(name) ? '***' : config[name],
    ]),
  );
}

export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

const WIDEST = Math.max(...SETTINGS.map((name) => name.length));

/** One line per setting, for `--help`. */
export function settingsHelp(): string {
  return SETTINGS.map((name) => `  --${kebab(name).padEnd(WIDEST)}  ${settings[name].description ?? ''}${defaultHelp(name)}`).join('\n');
}

function defaultHelp(name: Setting): string {
  const standard = settings[name].safeParse(undefined).data;
  return standard === undefined || standard === '' ? '' : ` (${String(standard)})`;
}

function readFlags(args: readonly string[], own: CommandFlags, problems: string[]) {
  const options = Object.fromEntries(SETTINGS.map((name) => [kebab(name), { type: 'string' as const }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, ...own, config: { type: 'string' } },
      allowPositionals: true,
    });
    const { config: file, ...flags } = values;
    const [ours, theirs] = partition(Object.entries(flags), ([flag]) => Object.hasOwn(own, flag));
    const given = theirs.map(([flag, value]) => [snake(flag), value]);
    return { settings: Object.fromEntries(given) as object, flags: Object.fromEntries(ours), file, rest: positionals };
  } catch (error) {
    problems.push(whatIsWrong(error));
    return { settings: {}, flags: {}, file: undefined, rest: [] };
  }
}

/** Only the first sentence: Node's second is about file names that begin with a dash. */
function whatIsWrong(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('. To specify');
  return first.startsWith('Unknown option') ? `${first}: \`tokenledger help\` lists them` : first;
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): readonly [readonly Item[], readonly Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function readFile(named: unknown, problems: string[]): Record<string, unknown> {
  const file = typeof named === 'string' ? named : 'tokenledger.yaml';
  if (!existsSync(file)) {
    if (typeof named === 'string') problems.push(`--config: there is no file ${file}`);
    return {};
  }
  try {
    const content: unknown = parseYaml(readFileSync(file, 'utf8')) ?? {};
    if (typeof content === 'object' && !Array.isArray(content)) return content as Record<string, unknown>;
    problems.push(`${file}: must be a mapping of settings`);
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

function readEnvironment(environment: Readonly<Record<string, string | undefined>>, problems: string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || value === undefined || FOREIGN.has(variable)) continue;
    const name = variable.slice(ENVIRONMENT_PREFIX.length).toLowerCase();
    if (Object.hasOwn(settings, name)) found[name] = value;
    else problems.push(`${variable}: unknown setting`);
  }
  return found;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown setting${issue.keys.length > 1 ? 's' : ''} ${issue.keys.join(', ')}`;
  return `${issue.path.join('.')}: ${issue.message}`;
}

const kebab = (name: string) => name.replaceAll('_', '-');
const snake = (flag: string) => flag.replaceAll('-', '_');

/** The environment a child process of the demo starts with: ours, without what configures this process. */
export function environmentForApps(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !entry[0].startsWith(ENVIRONMENT_PREFIX) && !entry[0].startsWith('OTEL_'),
    ),
  );
}

/** npm's own script, where npm started us. */
export const npmPath = (): string | undefined => process.env['npm_execpath'];
