import type { InclusiveUsage } from '@tokenledger/model';
import type { HeaderReader, JsonObject, Mutable, ObservedCall } from '../observed-call.ts';

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
  /** What stands once before each picture in an answer, and takes how many there were: answers with pictures are too big to parse. */
  readonly picture?: { readonly mark: string; readonly read: (pictures: number, call: ObservedCall) => void };
  /** Which events of a stream hold facts; the others are text and stay unparsed. The first event is always parsed. */
  readonly telling: RegExp;
  /** Keys of an event whose string value is generated text. */
  readonly answerKeys: readonly string[];
}

/** Sets what is stated: a later event of a stream replaces an earlier one, silence replaces nothing. */
export function state(call: ObservedCall, stated: Mutable<InclusiveUsage>): void {
  for (const field of Object.keys(stated) as (keyof InclusiveUsage)[]) {
    const quantity = stated[field];
    if (quantity !== undefined) call.usage[field] = quantity;
  }
}

export function addFinishReason(call: ObservedCall, reason: string | undefined): void {
  if (reason) call.finishReasons.push(reason);
}
