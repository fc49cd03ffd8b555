import type { Rejection } from '../decode/otlp.ts';
import type { PartialSuccess, RejectedCounter } from './reply.ts';

const EXAMPLES = 5;

/** What a sender is told about items it should not send again. `undefined` when all were accepted. */
export function partialSuccess(counter: RejectedCounter, rejected: readonly Rejection[], accepted: number): PartialSuccess | undefined {
  if (rejected.length === 0) return undefined;
  const examples = rejected.slice(0, EXAMPLES).map(({ index, code, message }) => `item ${index}: ${code}: ${message}`);
  const more = rejected.length > EXAMPLES ? [`and ${rejected.length - EXAMPLES} more`] : [];
  const message = `${rejected.length} of ${accepted + rejected.length} rejected: ${[...examples, ...more].join('; ')}`;
  return { counter, rejected: rejected.length, message };
}
