// Incidents: what is wrong now with locations or measure servers, found from verdicts, silence and
// changes of level, and grouped where many share one cause; and who is told of them.
import { z } from 'zod';
import type { EpochMs } from './units.ts';

/**
 * `below`: the standing verdict is below the norm. `level_fell`, `level_rose`: a line's readings
 * changed suddenly. `silent`: no device of a line was heard of for a week. `server_fault`: many lines
 * fell together on a measure server. `server_away`: a measure server does not answer.
 */
export const INCIDENT_KINDS = [
  'below',
  'level_fell',
  'level_rose',
  'silent',
  'server_fault',
  'server_away',
] as const;
export const incidentKindSchema = z.enum(INCIDENT_KINDS);
export type IncidentKind = z.infer<typeof incidentKindSchema>;

/** What several locations have in common; `collector`: all that are measured. */
export const causeSchema = z.object({
  kind: z.enum(['collector', 'measure_server', 'provider', 'municipality', 'province']),
  /** Name of the provider and so on; empty for the collector. */
  name: z.string(),
});
export type Cause = z.infer<typeof causeSchema>;

export const sharedCauseSchema = causeSchema.extend({
  /** Locations of the incident that have it. */
  members: z.int(),
  /** Measured locations that have it. */
  of: z.int(),
});
export type SharedCause = z.infer<typeof sharedCauseSchema>;

export const detailSchema = z.record(z.string(), z.union([z.string(), z.number()]));
export type Detail = z.infer<typeof detailSchema>;

/** One thing that is wrong, now. */
export interface Condition {
  /** The same thing has the same key, whenever it is looked at. */
  readonly key: string;
  readonly kind: IncidentKind;
  readonly since: EpochMs;
  /** Null: it is of no location, but of a measure server. */
  readonly locationId: string | null;
  /** What it may share with others. */
  readonly causes: readonly Cause[];
  /** What the sentence on it needs. */
  readonly detail: Detail;
}

export interface Member extends Omit<Condition, 'kind'> {
  readonly joinedAt: EpochMs;
  /** Null while it lasts. */
  readonly endedAt: EpochMs | null;
}

/** Whoever said that he has seen to it. */
export const acknowledgementSchema = z.object({
  at: z.iso.datetime(),
  by: z.object({ id: z.string(), name: z.string() }),
  /** Boards that he sees; null: all. */
  boardIds: z.array(z.string()).nullable(),
  note: z.string().optional(),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

export interface Incident {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly openedAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly closedAt: EpochMs | null;
  /** The incident that it became part of. */
  readonly mergedInto: string | null;
  /** Absent where its members have nothing in common, or there is one. */
  readonly cause?: SharedCause;
  /** By key. */
  readonly members: readonly Member[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** Hours of Europe/Amsterdam; the second under the first passes midnight. */
export const quietHoursSchema = z
  .object({ fromHour: z.int().min(0).max(23), toHour: z.int().min(0).max(23) })
  .refine(({ fromHour, toHour }) => fromHour !== toHour, 'the two hours must differ');
export type QuietHours = z.infer<typeof quietHoursSchema>;

/**
 * `person`: to the address of an account, of what that account may see. `feed`: nothing is sent; who
 * has its link reads it, whatever the pace and quiet hours.
 */
export const channelSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), personId: z.string().max(100) }),
  z.object({ kind: z.literal('mail'), address: z.email().max(254) }),
  z.object({ kind: z.literal('webhook'), url: z.url().max(2000) }),
  z.object({ kind: z.literal('feed') }),
]);
export type Channel = z.infer<typeof channelSchema>;

export const recipientFactsSchema = z.object({
  name: z.string().trim().min(1).max(200),
  channel: channelSchema,
  /** Of whose locations; null: all, and measure servers too. An account never hears more than it sees. */
  boardIds: z.array(z.string().max(20)).max(1000).nullable(),
  /** Null: all. */
  kinds: z.array(incidentKindSchema).min(1).nullable().default(null),
  /** `daily`: at 8 o'clock; `weekly`: on Monday at 8. */
  pace: z.enum(['at_once', 'daily', 'weekly']).default('at_once'),
  quietHours: quietHoursSchema.nullable().default(null),
  language: z.enum(['nl', 'en']).default('nl'),
});
export type RecipientFacts = z.infer<typeof recipientFactsSchema>;

export interface Recipient extends RecipientFacts {
  readonly id: string;
  readonly createdAt: EpochMs;
}
