import { createHash } from 'node:crypto';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { canonicalProvider } from '../provider.ts';
import type { ModelAlias, PriceList, RateCard, RateRule } from '../rate-card.ts';
import { formatRate, parseRate, rate } from '../rate.ts';
import { selfHostedCard } from '../self-hosted.ts';
import { overridesSchema, type Overrides } from './override-schema.ts';

/** A problem of an overrides file, where it is and what was expected. */
export interface OverrideProblem {
  /** `contracts.0.discount`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** Of the YAML text, from 1. */
  readonly line?: number | undefined;
}

export type ReadOverrides =
  | { readonly ok: true; readonly lists: readonly PriceList[] }
  | { readonly ok: false; readonly problems: readonly OverrideProblem[] };

/** An operator's YAML (or JSON, which is YAML) → the lists of the contract and the operator layer. Reports every problem at once. */
export function readOverrides(text: string): ReadOverrides {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    return { ok: false, problems: document.errors.map(({ message, pos }) => ({ path: '', message, line: lines.linePos(pos[0]).line })) };
  }
  const result = parseOverrides(document.toJS() ?? {});
  if (result.ok) return result;
  return {
    ok: false,
    problems: result.problems.map((problem) => {
      const node = document.getIn(
        problem.path.split('.').map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
        true,
      );
      const range = typeof node === 'object' && node !== null && 'range' in node ? (node.range as readonly number[] | null) : null;
      return { ...problem, line: range?.[0] === undefined ? undefined : lines.linePos(range[0]).line };
    }),
  };
}

/** The problems of an operator's YAML; none: it can be used. */
export function validateOverrides(text: string): readonly OverrideProblem[] {
  const result = readOverrides(text);
  return result.ok ? [] : result.problems;
}

/** The same for a decoded body, as an admin API receives it. */
export function parseOverrides(value: unknown): ReadOverrides {
  const parsed = overridesSchema.safeParse(value);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.map(problemOf) };
  const problems = duplicates(parsed.data);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, lists: toLists(parsed.data) };
}

function problemOf({ path, message }: z.core.$ZodIssue): OverrideProblem {
  return { path: path.join('.'), message };
}

/** Two entries of one id would leave open which one counts. */
function duplicates({ contracts, custom_models: models, deployments }: Overrides): OverrideProblem[] {
  const keys = [
    ...contracts.map(({ id }, i) => ({ key: `contract ${id}`, path: `contracts.${i}` })),
    ...models.map(({ provider, model, from }, i) => ({ key: `model ${provider}/${model} ${from ?? ''}`, path: `custom_models.${i}` })),
    ...deployments.map(({ provider, name, from }, i) => ({
      key: `deployment ${provider}/${name} ${from ?? ''}`,
      path: `deployments.${i}`,
    })),
  ];
  const seen = new Set<string>();
  return keys.flatMap(({ key, path }) => {
    if (seen.has(key)) return [{ path, message: `${key.trim()} is listed twice` }];
    seen.add(key);
    return [];
  });
}

function toLists(overrides: Overrides): readonly PriceList[] {
  const version = createHash('sha256').update(JSON.stringify(overrides)).digest('hex').slice(0, 12);
  const asOf = new Date().toISOString().slice(0, 10);
  const list = { version, asOf };
  return [
    {
      ...list,
      layer: 'contract',
      name: 'contracts',
      cards: overrides.contracts.flatMap(contractCards),
      rules: overrides.contracts.flatMap(contractRule),
    },
    {
      ...list,
      layer: 'operator',
      name: 'operator',
      cards: [...overrides.custom_models.flatMap(customCard), ...overrides.cards],
      rules: overrides.rules,
      aliases: [...overrides.deployments.map(deploymentAlias), ...overrides.aliases],
    },
  ];
}

type Contract = Overrides['contracts'][number];

function contractRule(contract: Contract): RateRule[] {
  if (contract.discount === undefined) return [];
  return [
    {
      id: contract.id,
      kind: 'discount',
      providers: [canonicalProvider(contract.provider)],
      multiply: remainder(contract.discount),
      ...(contract.accounts && { accounts: contract.accounts }),
      ...(contract.models && { models: contract.models.map(lower) }),
      ...(contract.meters && { meters: contract.meters }),
      ...(contract.service_tiers && { serviceTiers: contract.service_tiers }),
      ...validity(contract),
    },
  ];
}

/** `12.5%` off leaves `0.875`. */
function remainder(discount: string): string {
  const percent = parseRate(`${discount.slice(0, -1)}/100`);
  return percent ? formatRate(rate(percent.denominator - percent.numerator, percent.denominator)) : '1';
}

function contractCards(contract: Contract): RateCard[] {
  const { rates, models = [] } = contract;
  if (!rates) return [];
  const tiers = contract.service_tiers ?? [undefined];
  return models.flatMap((model) =>
    tiers.map((serviceTier) => ({
      id: `${contract.id}/${lower(model)}${serviceTier ? `#${serviceTier}` : ''}`,
      provider: canonicalProvider(contract.provider),
      model: lower(model),
      rates,
      ...(serviceTier && serviceTier !== 'standard' && { serviceTier }),
      ...(contract.accounts && { accounts: contract.accounts }),
      ...validity(contract),
    })),
  );
}

function customCard(custom: Overrides['custom_models'][number]): RateCard[] {
  const provider = canonicalProvider(custom.provider);
  const model = lower(custom.model);
  const common = { provider, model, ...(custom.ids && { ids: custom.ids.map(lower) }) };
  if (!custom.self_hosted) {
    return [{ id: `${provider}/${model}`, ...common, rates: custom.rates ?? {}, ...(custom.free && { free: true }), ...validity(custom) }];
  }
  const own = custom.self_hosted;
  const card = selfHostedCard({
    ...common,
    gpuHourUsd: own.gpu_hour_usd,
    gpus: own.gpus,
    inputTokensPerHour: own.input_tokens_per_hour,
    outputTokensPerHour: own.output_tokens_per_hour,
    ...(own.host_hour_usd && { hostHourUsd: own.host_hour_usd }),
    ...(own.output_weight && { outputWeight: own.output_weight }),
  });
  return card ? [{ ...card, ...validity(custom) }] : [];
}

function deploymentAlias(deployment: Overrides['deployments'][number]): ModelAlias {
  return {
    provider: canonicalProvider(deployment.provider),
    name: lower(deployment.name),
    model: lower(deployment.model),
    ...(deployment.to_provider && { toProvider: canonicalProvider(deployment.to_provider) }),
    ...(deployment.region && { region: lower(deployment.region) }),
    ...(deployment.service_tier && { serviceTier: lower(deployment.service_tier) }),
    ...validity(deployment),
  };
}

function validity({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): {
  validFrom?: string;
  validTo?: string;
} {
  return { ...(from && { validFrom: from }), ...(to && { validTo: to }) };
}

function lower(text: string): string {
  return text.trim().toLowerCase();
}
