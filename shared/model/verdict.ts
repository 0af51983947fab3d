// What the collector says of a location, and why. Texts are rendered from reasons on the
// collector (assessment/explain.ts), never recomputed in the browser.
import { z } from 'zod';
import { lineRoleSchema } from './line.ts';
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

/**
 * What was known when the verdict was given and is kept nowhere else, so that it can be given again.
 * Of each line that ran then: its devices, with their last sign of life.
 */
export const basisSchema = z.object({
  lines: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      role: lineRoleSchema,
      createdAt: z.number(),
      devices: z.array(z.object({ id: z.string(), lastSignAt: z.number() })),
      lastTestAt: z.number().optional(),
      /** Of the tests in the window, when the last one came in; those that came later were not seen. */
      receivedUpTo: z.number().optional(),
      plannedPerDay: z.number(),
      /** Times at which a measure server fell short, as was known then. */
      serverFaults: z
        .array(z.object({ server: z.string(), from: z.number(), to: z.number() }))
        .optional(),
      /** What the devices' watch had told; asked only where no test had a result. */
      watch: z
        .object({
          upMs: z.number(),
          lineDownMs: z.number(),
          offMs: z.number(),
          lineDownSince: z.number().optional(),
          stoppedAt: z.number().optional(),
        })
        .optional(),
    }),
  ),
  /** Days without lessons, `YYYY-MM-DD`. */
  holidays: z.array(z.object({ from: z.string(), to: z.string() })),
});
export type Basis = z.infer<typeof basisSchema>;

export const verdictSchema = z.object({
  outcome: outcomeSchema,
  /** True only for `below`: this location needs maatwerk. */
  maatwerk: z.boolean(),
  reasons: z.array(reasonSchema).min(1),
  evidence: evidenceUsedSchema,
  normVersion: z.string(),
  /** Of the rules in the program; absent in verdicts from before they were numbered. */
  rulesVersion: z.string().optional(),
  judgedAt: z.iso.datetime(),
  /** Of a kept verdict on a location. */
  basis: basisSchema.optional(),
});
export type Verdict = z.infer<typeof verdictSchema>;
