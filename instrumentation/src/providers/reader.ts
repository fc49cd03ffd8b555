import type { InclusiveUsage } from '@tokenledger/model';
import type { HeaderReader, InnerCall, JsonObject, Mutable, ObservedCall } from '../observed-call.ts';

/** How one family of APIs is read. Readers only look: they set facts on the call and never throw on odd input. */
export interface ApiReader {
  /** Reads the JSON body of the request. */
  readonly request: (body: JsonObject, call: ObservedCall) => void;
  /** Reads the head of the request, for APIs that name the model there. */
  readonly requestHeaders?: (header: HeaderReader, call: ObservedCall) => void;
  /** Reads a whole JSON answer, or one event of a stream. */
  readonly response: (body: JsonObject, call: ObservedCall) => void;
  /** Reads the head of the answer. */
  readonly headers?: (header: HeaderReader, call: ObservedCall) => void;
  /**
   * What stands once for each picture or text in an answer, and takes what follows each: answers with many are too big to parse, and say
   * nowhere how many they have. Asked after `response`, if the mark occurred and no output is counted in tokens.
   */
  readonly marks?: Readonly<Record<string, (behind: readonly string[], call: ObservedCall) => void>>;
  /** Which events of a stream hold facts; the others are text and stay unparsed. The first event is always parsed. */
  readonly telling: RegExp;
  /** Keys of an event whose string value is generated text. */
  readonly answerKeys: readonly string[];
}

export type Stated = Mutable<InclusiveUsage>;

/** Sets what is stated: a later event of a stream replaces an earlier one, silence replaces nothing. */
export function state(call: Pick<ObservedCall, 'usage'>, stated: Stated): void {
  for (const field of Object.keys(stated) as (keyof InclusiveUsage)[]) {
    const quantity = stated[field];
    if (quantity !== undefined) call.usage[field] = quantity;
  }
}

/** What was asked for, or seemed used, is not billed. */
export function forgetUsage({ usage }: Pick<ObservedCall, 'usage'>): void {
  for (const field of Object.keys(usage) as (keyof InclusiveUsage)[]) delete usage[field];
}

/** It is known that nobody sends a bill. */
export function billNothing(call: ObservedCall): void {
  forgetUsage(call);
  state(call, { input_tokens: 0, output_tokens: 0 });
  call.reportedCostUsd = undefined;
  call.inner = [];
}

export function innerCall(operation: string, requestModel: string | undefined, stated: Stated): InnerCall {
  const inner: InnerCall = { operation, requestModel, usage: {} };
  state(inner, stated);
  return inner;
}

export function addFinishReason(call: ObservedCall, reason: string | undefined): void {
  if (reason) call.finishReasons.push(reason);
}
