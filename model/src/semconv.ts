/**
 * Attribute names that Tokenledger itself puts on the wire, beside OpenTelemetry's `gen_ai.*`.
 * The instrumentation writes them, the collector reads them.
 */
export const TOKENLEDGER_ATTRIBUTES = {
  team: 'tokenledger.team',
  feature: 'tokenledger.feature',
  customer: 'tokenledger.customer',
  run: 'tokenledger.run',
  user: 'user.id',
  session: 'session.id',
  environment: 'deployment.environment.name',
  /** Prefix of free tags: `tokenledger.tag.<key>`. */
  tagPrefix: 'tokenledger.tag.',
  gateway: 'tokenledger.gateway',
  usageEstimated: 'tokenledger.usage.estimated',
  usageEstimationMethod: 'tokenledger.usage.estimation_method',
  priceStatus: 'tokenledger.price.status',
  priceVersion: 'tokenledger.price.version',
  promptFingerprint: 'tokenledger.prompt.fingerprint',
  promptTemplateFingerprint: 'tokenledger.prompt.template_fingerprint',
  /** Prefix of meters that the conventions do not name: `tokenledger.usage.<meter>`, e.g. `tokenledger.usage.web_searches`. */
  usagePrefix: 'tokenledger.usage.',
  outcomeName: 'tokenledger.outcome.name',
  outcomeSuccess: 'tokenledger.outcome.success',
  outcomeValue: 'tokenledger.outcome.value',
} as const;
