import type { Observation } from '../understand/observation.ts';

/** So many services and instrumentations are told apart; of a tenant with more, any call may have a twin. */
const MOST_SERVICES = 4096;
const MOST_SCOPES = 64;

/** Which instrumentations tell of a tenant's calls: with one alone there are no twins to look for. */
export class Emitters {
  readonly #scopes = new Set<string>();
  readonly #ofService = new Map<string, Set<string>>();

  /** Added already, whatever it is. */
  #lastScope: string | undefined;
  #lastService: string | undefined;

  /** True when this is the call that makes several of one. */
  add(call: Observation): boolean {
    const { service } = call;
    const scope = scopeOf(call);
    if (scope === this.#lastScope && service === this.#lastService) return false;
    this.#lastScope = scope;
    this.#lastService = service;
    const { size } = this.#scopes;
    if (size < MOST_SCOPES) this.#scopes.add(scope);
    const ofService = this.#ofService.get(service ?? '');
    if (ofService && ofService.size < MOST_SCOPES) ofService.add(scope);
    else if (!ofService && this.#ofService.size < MOST_SERVICES) this.#ofService.set(service ?? '', new Set([scope]));
    return size === 1 && this.#scopes.size === 2;
  }

  get areSeveral(): boolean {
    return this.#scopes.size > 1;
  }

  /** Whether more than one tells of calls of the service, as far as can be told. */
  areSeveralOf({ service }: Observation): boolean {
    if (!this.areSeveral) return false;
    const known = this.#ofService.get(service ?? '');
    return known ? known.size > 1 : this.#ofService.size >= MOST_SERVICES;
  }
}

export const scopeOf = ({ scope }: Observation): string => scope?.name ?? '';
