import type { TenantId } from '@tokenledger/model';
import { decodeTraces, type Encoding } from '../decode/decode.ts';
import type { OtlpSpan } from '../decode/otlp.ts';

/** What a record of the journal holds. */
export interface TenantSpans {
  readonly tenant: TenantId;
  readonly receivedMs: number;
  /** How many spans `read` gives. */
  readonly count: number;
  /** Decodes them: spans take several times the room of their bytes, and wait as these. */
  readonly read: () => ReadSpans;
}

export interface ReadSpans {
  readonly spans: readonly OtlpSpan[];
  /** What they were read from, if that was protobuf. */
  readonly wire?: { readonly body: Buffer; readonly bounds: readonly number[] } | undefined;
}

export function readTraces(body: Buffer, encoding: Encoding): ReadSpans {
  const { spans, bounds } = decodeTraces(body, encoding);
  return { spans, wire: bounds && { body, bounds } };
}
