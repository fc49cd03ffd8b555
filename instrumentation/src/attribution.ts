import { createContextKey } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';

const KEY = createContextKey('tokenledger.attribution');

/** Adds attributes that spans in this context carry; what an enclosing attribution says stands. */
export function addAttributes(at: Context, attributes: Attributes): Context {
  return at.setValue(KEY, { ...attributes, ...attributionAttributes(at) });
}

/** Adds attributes that replace what an enclosing attribution says. */
export function overrideAttributes(at: Context, attributes: Attributes): Context {
  return at.setValue(KEY, { ...attributionAttributes(at), ...attributes });
}

/** The span attributes of the attribution in force, if any. */
export function attributionAttributes(at: Context): Attributes | undefined {
  return at.getValue(KEY) as Attributes | undefined;
}
