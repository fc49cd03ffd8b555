import { createContextKey } from '@opentelemetry/api';

/** Set in the context of a request that is already followed further out, so that it is not followed twice. */
export const FOLLOWED = createContextKey('tokenledger.followed');
