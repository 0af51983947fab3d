// An operator's say that goes before the computed verdict on a location, for a while. Kept for good,
// withdrawn ones too: who, when, why, until when. The verdict goes on being computed and is shown
// beside it.
import { z } from 'zod';
import { OUTCOMES } from './verdict.ts';

/** Silence cannot be decreed: whether there are data is not a matter of opinion. */
export const OVERRULE_OUTCOMES = OUTCOMES.filter((outcome) => outcome !== 'no_data');

/** Whoever says so: an account's id and name, or a command's user under the name that he gave. */
export const overruleAuthorSchema = z.object({ id: z.string(), name: z.string().min(1).max(200) });
export type OverruleAuthor = z.infer<typeof overruleAuthorSchema>;

const reasonSchema = z.string().trim().min(10, 'say why in at least 10 characters').max(2000);

export const overruleRequestSchema = z.object({
  outcome: z.enum(OVERRULE_OUTCOMES),
  reason: reasonSchema,
  /** From then on the computed verdict stands again. */
  endsAt: z.iso.datetime(),
});
export type OverruleRequest = z.infer<typeof overruleRequestSchema>;

export const overruleWithdrawalRequestSchema = z.object({ reason: reasonSchema });

export const overruleSchema = overruleRequestSchema.extend({
  id: z.string(),
  locationId: z.string(),
  author: overruleAuthorSchema,
  createdAt: z.iso.datetime(),
  withdrawn: z
    .object({ at: z.iso.datetime(), author: overruleAuthorSchema, reason: z.string() })
    .optional(),
});
export type Overrule = z.infer<typeof overruleSchema>;

/** A longer one is a rule, not an exception. */
export const MOST_OVERRULE_DAYS = 366;
