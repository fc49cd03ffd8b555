import { z } from 'zod';

export const RECEIVER_FORMATS = ['webhook', 'slack', 'teams', 'discord', 'pagerduty', 'alertmanager'] as const;

/**
 * Where alerts go. Secrets are `whsec_` + base64 of 24–64 bytes (with two, both sign, so that one can be rotated); for PagerDuty the
 * routing key. An Alertmanager is given the state of all alerts each minute at `<url>/api/v2/alerts`; the others are told of changes.
 */
export const receiverSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'lower-case letters, digits, - and _'),
    format: z.enum(RECEIVER_FORMATS).default('webhook'),
    url: z
      .url({ protocol: /^https?$/ })
      .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'must not hold a user name or password'),
    secrets: z.array(z.string().min(1).max(200)).max(2).default([]),
    /** Private addresses are refused unless the operator says that this one may be. Never over HTTP. */
    allow_private: z.boolean().default(false),
  })
  .superRefine(({ format, secrets }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['secrets'], message });
    if (format === 'webhook' && !secrets.every((secret) => /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret)))
      refuse('is no whsec_ secret: whsec_ and base64 of 24 to 64 bytes');
    if (format === 'pagerduty' && secrets.length !== 1) refuse('needs the routing key as its one secret');
  });
export type Receiver = z.output<typeof receiverSchema>;
export type ReceiverInput = z.input<typeof receiverSchema>;
