import type { Observation } from '../understand/observation.ts';

/** So many services and instrumentations are told apart; of a tenant with more, any call may have a twin. */
const MOST_SERVICES = 4096;
const MOST_SCOPES = 64;

/** Which instrumentations tell of a tenant's calls: with one alone there are no twins to look for. */
export class Emitters {
  readonly #scopes = new Set<string>();
  readonly #ofService = new Map<string, Set<string>>();

  /** True when this is the call that makes several of one. */
  add(call: Observation): boolean {
    const { size } = this.#scopes;
    const scope = scopeOf(call);
    if (size < MOST_SCOPES) this.#scopes.add(scope);
    const ofService = this.#ofService.get(call.service ?? '');
    if (ofService && ofService.size < MOST_SCOPES) ofService.add(scope);
    else if (!ofService && this.#ofService.size < MOST_SERVICES) this.#ofService.set(call.service ?? '', new Set([scope]));
    return size === 1 && this.#scopes.size === 2;
  }

  get areSeveral(): boolean {
    return this.#scopes.size > 1;
  }

  /** Whether more than one tells of calls of the service, as far as can be told. */
  areSeveralOf({ service }: Observation): boolean {
    const known = this.#ofService.get(service ?? '');
    return known ? known.size > 1 : this.#ofService.size >= MOST_SERVICES;
  }
}

export const scopeOf = ({ scope }: Observation): string => scope?.name ?? '';
