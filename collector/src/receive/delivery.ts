import type { TenantId } from '@tokenledger/model';
import type { MediaType } from './media-type.ts';
import type { PartialSuccess } from './reply.ts';

/** A request whose sender is known and whose body was read. */
export interface Delivery {
  readonly tenant: TenantId;
  readonly media: MediaType;
  /** As it came. */
  readonly body: Buffer;
  /** Decompressed; the same buffer when it came uncompressed. */
  readonly plain: Buffer;
}

/**
 * Resolves when the delivery is safe and may be answered with 200.
 * @throws DecodeError or CollectorError: nothing of it was kept
 */
export type Receive = (delivery: Delivery) => Promise<PartialSuccess | undefined>;
