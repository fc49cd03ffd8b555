import { DEFAULT_TENANT, type TenantId } from '@tokenledger/model';
import { Problem } from './problem.ts';

/** Prices are everybody's, so that only the operator may change them: whoever holds an admin key of the tenant `default`. */
export const isOperator = (tenant: TenantId): boolean => tenant === DEFAULT_TENANT;

export function refuseUnlessOperator(tenant: TenantId): void {
  if (!isOperator(tenant)) throw new Problem('forbidden', `this is for the operator: an admin key of the tenant ${DEFAULT_TENANT}`);
}
