import { extendOtel } from './otel-genai.ts';

/* Elastic's distributions of OpenTelemetry (EDOT): https://github.com/elastic/elastic-otel-node */
export const elastic = extendOtel({
  name: 'elastic',
  scopes: [/^@elastic\//, /^co\.elastic\./, /^elasticotel/],
  profiles: [{ name: 'elastic', input: 'inclusive', output: 'inclusive', basis: 'measured' }],
});
