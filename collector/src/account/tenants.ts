import type { TenantId } from '@tokenledger/model';
import { Emitters } from './emitters.ts';
import type { Links } from './links.ts';

export interface OfTenant {
  readonly tenant: TenantId;
  readonly emitters: Emitters;
  /** Only where there is more than one instrumentation. */
  links: Links | undefined;
  /** When the second instrumentation was met: response ids that were forgotten before are not known to be. */
  linkedSinceMs: number;
}

/** What is known of each tenant. */
export class Tenants {
  readonly #all = new Map<TenantId, OfTenant>();
  /** Asked for many times a span. */
  #last: OfTenant | undefined;

  of(tenant: TenantId): OfTenant {
    if (this.#last?.tenant === tenant) return this.#last;
    let found = this.#all.get(tenant);
    if (!found) {
      found = { tenant, emitters: new Emitters(), links: undefined, linkedSinceMs: Infinity };
      this.#all.set(tenant, found);
    }
    this.#last = found;
    return found;
  }
}
