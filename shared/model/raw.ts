// A direction's counters, and the question that the estimator was asked of them: what a new estimator
// needs to judge an old test.
import { z } from 'zod';

/** Room for 100 s of counters; a test of 10 s takes about 500 bytes. */
export const MAX_RAW_TEXT = 8_192;

export const rawDirectionSchema = z.object({
  /** What the stop rule was asked (shared/flow/stop-rule.ts). */
  rule: z.object({
    mode: z.enum(['check', 'capacity']),
    required: z.number().positive(),
    provisionalShare: z.number(),
    confidence: z.number(),
    streams: z.int().positive(),
    rttMs: z.number().nonnegative().optional(),
    maxBytes: z.number().positive(),
    limitMs: z.number().positive(),
  }),
  /** Payload per byte at the IP layer. */
  payloadShare: z.number().positive(),
  /** Base64 of the deflated steps; see wire/raw-series.ts. */
  samples: z.string().max(MAX_RAW_TEXT),
});
export type RawDirection = z.infer<typeof rawDirectionSchema>;
