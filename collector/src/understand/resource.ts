import { Attributes } from '../decode/otlp.ts';
import { toText } from './read.ts';

interface ResourceFacts {
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly team: string | undefined;
}

/** What is read of a resource. */
const RESOURCE_KEYS = [
  'service.name',
  'deployment.environment.name',
  'deployment.environment',
  'tokenledger.team',
  'service.instance.cost_center.name',
] as const;

/** A resource of which the same is read. */
export function trimResource(resource: Attributes): Attributes {
  const trimmed = new Attributes();
  for (const key of RESOURCE_KEYS) {
    const value = resource.get(key);
    if (value !== undefined) trimmed.set(key, value);
  }
  return trimmed;
}

/** The spans of a request share a resource, and come one after another. */
let last: { readonly resource: Attributes; readonly facts: ResourceFacts } | undefined;

export function readResource(resource: Attributes): ResourceFacts {
  if (last?.resource === resource) return last.facts;
  const facts = {
    service: toText(resource.get('service.name')),
    environment: toText(resource.get('deployment.environment.name') ?? resource.get('deployment.environment')),
    team: toText(resource.get('tokenledger.team') ?? resource.get('service.instance.cost_center.name')),
  };
  last = { resource, facts };
  return facts;
}
