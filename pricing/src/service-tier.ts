/** What providers call their ordinary price, as requested or as answered. */
const STANDARD = new Set(['', 'standard', 'default', 'auto', 'standard_only', 'on_demand', 'ondemand', 'on-demand', 'regular']);

const SYNONYMS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    batches: 'batch',
    batch_api: 'batch',
    ptu: 'provisioned',
    provisioned_throughput: 'provisioned',
    'provisioned-managed': 'provisioned',
    // What Vertex AI answers as `trafficType`.
    on_demand_priority: 'priority',
    on_demand_flex: 'flex',
  }),
);

/** `undefined`, `'default'`, `'auto'`, `'STANDARD'` → `'standard'`; anything else in lower case. */
export function canonicalServiceTier(tier: string | undefined): string {
  if (tier === undefined) return 'standard';
  const name = tier
    .trim()
    .toLowerCase()
    .replace(/^service_tier_|^tier_/, '');
  if (STANDARD.has(name)) return 'standard';
  return SYNONYMS.get(name) ?? name;
}
