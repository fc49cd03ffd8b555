import { z } from 'zod';

/** Where alerts go. The secret is `whsec_` + base64 of 24–64 bytes; with two, both sign, so that it can be rotated. */
export const receiverSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'lower-case letters, digits, - and _'),
  url: z.url({ protocol: /^https?$/ }).refine((url) => new URL(url).username === '', 'must not hold a user name'),
  secrets: z
    .array(z.string().regex(/^whsec_[A-Za-z0-9+/]+=*$/, 'is no whsec_ secret'))
    .max(2)
    .default([]),
  /** Private addresses are refused unless the operator says that this one may be. */
  allow_private: z.boolean().default(false),
});
export type Receiver = z.output<typeof receiverSchema>;
export type ReceiverInput = z.input<typeof receiverSchema>;
