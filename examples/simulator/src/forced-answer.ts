import { z } from 'zod';

/** Request header whose JSON value decides the answer instead of the seed. */
export const SIMULATE_HEADER = 'x-simulate';

const forcedAnswerSchema = z.strictObject({
  /** An error status such as 429 or 500; no usage is billed. */
  status: z.number().int().min(400).max(599).optional(),
  retry_after_s: z.number().nonnegative().optional(),
  /** The usage object as this provider shapes it, sent and billed as it stands. `null`: billed as drawn, but not sent. */
  usage: z.record(z.string(), z.unknown()).nullable().optional(),
  /** The model that the answer names. */
  model: z.string().optional(),
  text: z.string().optional(),
  service_tier: z.string().optional(),
  /** Milliseconds before the first byte, and between two events of a stream. */
  delay_ms: z.number().nonnegative().optional(),
  chunk_delay_ms: z.number().nonnegative().optional(),
  /** Breaks the connection after so many events of a stream. */
  abort_after_chunks: z.number().int().nonnegative().optional(),
});
export type ForcedAnswer = z.infer<typeof forcedAnswerSchema>;

/** The parsed header, or the reason why it cannot be read. */
export function readForcedAnswer(header: string | string[] | undefined): ForcedAnswer | { readonly problem: string } {
  if (header === undefined) return {};
  let json: unknown;
  try {
    json = JSON.parse(String(header));
  } catch {
    return { problem: `${SIMULATE_HEADER} is not JSON: ${String(header)}` };
  }
  const parsed = forcedAnswerSchema.safeParse(json);
  return parsed.success ? parsed.data : { problem: `${SIMULATE_HEADER}: ${z.prettifyError(parsed.error)}` };
}
