// What the collector says of a location, and why. Texts are rendered from reasons on the
// collector (assessment/explain.ts), never recomputed in the browser.
import { z } from 'zod';
import { directionSchema } from './norm.ts';

export const OUTCOMES = [
  'meets',
  'below',
  'intermittent',
  'inconclusive',
  'unfit',
  'no_data',
] as const;
export const outcomeSchema = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof outcomeSchema>;

/** One rule that was applied, with what was seen and what it asks. */
export const reasonSchema = z.object({
  rule: z.string(),
  direction: directionSchema.optional(),
  observed: z.number().optional(),
  required: z.number().optional(),
  /** Exact (Clopper–Pearson) interval of `observed`, where that is a share. */
  interval: z.tuple([z.number(), z.number()]).optional(),
  n: z.int().optional(),
  /** What else the sentence needs: counts by flag, dates (ISO), names. */
  detail: z.record(z.string(), z.union([z.number(), z.string()])).optional(),
});
export type Reason = z.infer<typeof reasonSchema>;

/** Which measurements the verdict rests on; ids, so that it can be replayed. */
export const evidenceUsedSchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** All tests in the window. */
  tests: z.int(),
  /** Those that counted for capacity (decisive, on a quiet line). */
  capacityIds: z.array(z.string()),
  /** Those that counted for use (school hours). */
  useIds: z.array(z.string()),
  /** Disqualified tests by flag or failure. */
  excluded: z.record(z.string(), z.int()),
});
export type EvidenceUsed = z.infer<typeof evidenceUsedSchema>;

export const verdictSchema = z.object({
  outcome: outcomeSchema,
  /** True only for `below`: this location needs maatwerk. */
  maatwerk: z.boolean(),
  reasons: z.array(reasonSchema).min(1),
  evidence: evidenceUsedSchema,
  normVersion: z.string(),
  judgedAt: z.iso.datetime(),
});
export type Verdict = z.infer<typeof verdictSchema>;
