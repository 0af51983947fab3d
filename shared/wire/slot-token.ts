// What a slot's token says: the collector signs it, the measure server checks it, the agent only
// carries it. Text form: base64url(JSON of the claims) '.' base64url(HMAC-SHA256 of that text).
import { z } from 'zod';

export const slotClaimsSchema = z.object({
  version: z.literal(1),
  slotId: z.string().max(64),
  deviceId: z.string().max(64),
  kind: z.literal('throughput'),
  /** Epoch ms, the collector's clock; both machines keep time. */
  notBefore: z.number(),
  expiresAt: z.number(),
  /** Origin of the measure server that it is for; no other that knows its own takes it. */
  server: z.string().max(300).optional(),
  /** Payload bytes, both directions together, that the measure server serves on this token. */
  maxBytes: z.int().positive(),
});
export type SlotClaims = z.infer<typeof slotClaimsSchema>;
