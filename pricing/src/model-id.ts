import { isGateway, knownProvider } from './provider.ts';

/** What a raw model string says: which route bills it, and the ids to look up, best first. */
export interface ModelId {
  readonly provider: string;
  readonly region?: string | undefined;
  readonly lookups: readonly Lookup[];
  /** The ids among them that say what was said, without a date taken off. */
  readonly spellings: readonly string[];
  /** Of a model that was found, the one at another price that may have been meant as well. */
  readonly orElse?: ((model: string) => string) | undefined;
}

/** `exact`: another spelling of the same id. `alias`: the same model by a rule, such as a dated snapshot without a price of its own. */
interface Lookup {
  readonly id: string;
  readonly how: 'exact' | 'alias';
}

interface Parsed {
  readonly region?: string | undefined;
  /** Spellings of the id without loss of meaning, best first. */
  readonly spellings: readonly string[];
  readonly orElse?: ModelId['orElse'];
}

/** How each provider writes model ids; absent: as they are. */
const SYNTAX: ReadonlyMap<string, (id: string) => Parsed> = new Map(
  Object.entries({
    openai: parseOpenAiId,
    azure: parseAzureId,
    anthropic: parseClaudeId,
    google: parseGoogleId,
    vertex: parseGoogleId,
    bedrock: parseBedrockId,
    fireworks: parseFireworksId,
  }),
);

/** `gemini-2.5-pro-001`, `…-preview-05-06`, `…-preview-09-2025`: the number, then the date, then the whole preview suffix comes off. */
const GOOGLE_SNAPSHOTS = [/-\d{3}$/, /-\d{2}-(\d{2}|20\d{2})$/, /-(preview|exp)-\d{2}-(\d{2}|20\d{2})$/, /-(20\d{6}|latest)$/];

/** Which source OpenRouter prefers, and for what, makes no difference where all of a model's sources charge the same: open weights are sold at many prices. */
const OPENROUTER_VARIANTS = [
  /(?<=^(?:openai\/(?!gpt-oss)|anthropic\/|google\/gemini-|x-ai\/|perplexity\/).*):(?:nitro|floor|exacto|thinking|beta)$/,
];

/** Suffixes that name a snapshot of the same model at the same price, by provider. */
const SNAPSHOTS: ReadonlyMap<string, readonly RegExp[]> = new Map(
  Object.entries({
    openai: [/-20\d{2}-\d{2}-\d{2}$/],
    azure: [/-20\d{2}-\d{2}-\d{2}$/],
    anthropic: [/-(20\d{6}|latest)$/],
    google: GOOGLE_SNAPSHOTS,
    vertex: GOOGLE_SNAPSHOTS,
    bedrock: [/-20\d{6}(?=-v\d|:|$)/],
    xai: [/-(20\d{6}|latest)$/],
    openrouter: OPENROUTER_VARIANTS,
  }),
);

/** `provider` must be canonical. Never throws; what it cannot read it leaves as it is. */
export function parseModelId(provider: string, raw: string): ModelId {
  const unprefixed = stripRoutePrefix(provider, raw.trim().toLowerCase());
  const parsed: Parsed = SYNTAX.get(unprefixed.provider)?.(unprefixed.id) ?? { spellings: [unprefixed.id] };
  const { region, spellings, orElse } = parsed;
  const how = unprefixed.guessed ? 'alias' : 'exact';
  const lookups: Lookup[] = spellings.map((id) => ({ id, how }));
  for (const suffix of SNAPSHOTS.get(unprefixed.provider) ?? []) {
    for (const id of spellings) {
      const undated = id.replace(suffix, '');
      if (undated !== id && undated !== '') lookups.push({ id: undated, how: 'alias' });
    }
  }
  return { provider: unprefixed.provider, region, lookups, spellings, orElse };
}

/**
 * `openai/gpt-5` at OpenAI, `litellm_proxy/…`, `anthropic/claude-…` behind a gateway or an OpenAI-compatible client.
 * A prefix that names another provider moves the call to that provider's prices, except where such prefixes are part of ids.
 */
function stripRoutePrefix(provider: string, raw: string): { provider: string; id: string; guessed: boolean } {
  let [route, id, guessed] = [provider, raw, false];
  for (;;) {
    const slash = id.indexOf('/');
    if (slash <= 0 || slash === id.length - 1) return { provider: route, id, guessed };
    const prefix = id.slice(0, slash);
    const named = knownProvider(prefix);
    const rest = id.slice(slash + 1);
    if (isGateway(prefix) || (named === route && !(route === 'openrouter' && !rest.includes('/')))) id = rest;
    else if (named && (isGateway(route) || (route === 'openai' && named !== 'openai'))) {
      guessed ||= !isGateway(route);
      [route, id] = [named, rest];
    } else return { provider: route, id, guessed };
  }
}

/** Fine-tunes are `ft:<base>:<organisation>:<name>:<id>`, older ones `<base>.ft-<hash>` or `<base>.ft-…`. */
function parseOpenAiId(id: string): Parsed {
  if (id.startsWith('ft:')) return { spellings: [id.split(':').slice(0, 2).join(':')] };
  const tuned = id.indexOf('.ft-');
  return { spellings: [tuned > 0 ? `ft:${id.slice(0, tuned)}` : id] };
}

/** Data zones are `azure/eu/gpt-4o`, `us/…`, `global/…`, `global-standard/…`; Azure writes GPT-3.5 without its dot. */
function parseAzureId(id: string): Parsed {
  const zone = /^(global-standard|global|data-?zone|eu|us|regional)\/(.+)$/.exec(id);
  const region = zone?.[1] && !zone[1].startsWith('global') ? zone[1] : undefined;
  const rest = zone?.[2] ?? id;
  return { region, spellings: parseOpenAiId(rest.replace(/^gpt-35/, 'gpt-3.5')).spellings };
}

/** Anthropic writes versions with dashes; people and gateways write `claude-opus-4.6`, Vertex AI `claude-opus-4-5@20251101`, Claude Code `claude-opus-4-6[1m]`. */
function parseClaudeId(id: string): Parsed {
  const dashed = id
    .replace(/\[1m\]$/, '')
    .replace(/^(claude-.*?\d)\.(\d)/, '$1-$2')
    .replace(/@(?=20\d{6}$)/, '-');
  return { spellings: dashed === id ? [id] : [id, dashed] };
}

/** `models/<id>`, `publishers/<p>/models/<id>`, `projects/<p>/locations/<region>/publishers/<p>/models/<id>`, and `<id>@<version>`. */
function parseGoogleId(id: string): Parsed {
  const path = /^(?:projects\/[^/]+\/locations\/([^/]+)\/)?(?:publishers\/[^/]+\/)?models\/([^/:]+)/.exec(id);
  const name = (path?.[2] ?? id).replace(/@(default|latest)$/, '').replace('@', '-');
  return { region: path?.[1], spellings: name.startsWith('claude-') ? parseClaudeId(name).spellings : [name] };
}

const ARN = /^arn:aws[a-z-]*:bedrock:([a-z0-9-]*):(\d*):(foundation-model|inference-profile|default-prompt-router)\/(.+)$/;
const BEDROCK_SCOPE = /^(global|us-gov|us|eu|apac|ap|jp|au|ca|sa|in|me|af|mx)\.(.+)$/;

const BEDROCK_VENDORS =
  'ai21 amazon anthropic cohere deepseek google meta minimax mistral moonshotai nvidia openai qwen stability writer zai'.split(' ');
const BEDROCK_VENDOR = new RegExp(`^(?:${BEDROCK_VENDORS.join('|')})\\.`);

/**
 * Foundation-model and inference-profile ARNs, cross-region profiles (`us.`, `eu.`, `global.`) and versions (`-v1:0`, `:0:200k`).
 * Price lists know a model as `global.<id>`, as `regional.<id>` (profiles and in-region) or, where it makes no difference, as `<id>`.
 */
function parseBedrockId(raw: string): Parsed {
  const arn = ARN.exec(raw);
  const path = /^(?:converse\/|invoke\/)?(?:([a-z]{2}(?:-gov)?-[a-z]+-\d)\/)?(.+)$/.exec(arn?.[4] ?? raw);
  const id = path?.[2] ?? raw;
  const scoped = BEDROCK_SCOPE.exec(id);
  const scope = scoped?.[1];
  const model = scoped?.[2] ?? id;
  const versions = [model, model.replace(/(:\d+)?(:\d+k)?$/, ''), model.replace(/(-v\d+)?(:\d+)?(:\d+k)?$/, '')];
  const prefixes = scope === 'global' ? ['global.', ''] : [...(scope ? [`${scope}.`] : []), 'regional.', ''];
  // Some emitters cut the vendor off, and the profile with it; no two sell a model of one name.
  const isCut = !BEDROCK_VENDOR.test(model);
  const vendors = isCut ? ['', ...BEDROCK_VENDORS.map((vendor) => `${vendor}.`)] : [''];
  const spellings = vendors.flatMap((vendor) => prefixes.flatMap((prefix) => versions.map((version) => prefix + vendor + version)));
  const region = scope ?? path?.[1] ?? (arn?.[1] || undefined);
  const orElse = isCut && scope === undefined ? (found: string) => found.replace(/^regional\./, 'global.') : undefined;
  return { region, spellings: [...new Set(spellings)], orElse };
}

function parseFireworksId(id: string): Parsed {
  const name = id.replace(/^accounts\/fireworks\/(models|routers)\//, '').replace(/^models\//, '');
  return { spellings: id.startsWith('accounts/') ? [id] : [`accounts/fireworks/models/${name}`, `accounts/fireworks/routers/${name}`] };
}
