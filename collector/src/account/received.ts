import type { TenantId } from '@tokenledger/model';
import type { OtlpSpan } from '../decode/otlp.ts';
import type { Filed } from '../journal/segment-file.ts';

/** A span as it came in. The tenant is the API key's; `receivedMs` is when the collector first had it. */
export interface Received {
  readonly tenant: TenantId;
  readonly span: OtlpSpan;
  readonly receivedMs?: number | undefined;
  /** Its bytes, if it came as protobuf. */
  readonly wire?: WireSpan | undefined;
}

export interface WireSpan {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** Where all of `bytes` lie on disk. */
  readonly filed?: Filed | undefined;
}
