// The API's shapes of alerts under /api/v1/alerts.
import { z } from 'zod';
import {
  acknowledgementSchema,
  detailSchema,
  incidentKindSchema,
  recipientFactsSchema,
  sharedCauseSchema,
} from '../model/incident.ts';
import { textSchema } from './api.ts';

/** Under the API's own prefix; a feed's secret comes after it. */
export const ALERT_FEED_PREFIX = '/alerts/feeds';

export const incidentQuerySchema = z.object({
  status: z.enum(['open', 'closed', 'all']).default('open'),
  kind: incidentKindSchema.optional(),
  locationId: z.string().max(20).optional(),
  boardId: z.string().max(20).optional(),
  /** Only those that changed at this time or later. */
  changedSince: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

export const incidentMemberSchema = z.object({
  locationId: z.string().nullable(),
  name: z.string(),
  since: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  detail: detailSchema,
  text: textSchema,
});

export const incidentViewSchema = z.object({
  id: z.string(),
  kind: incidentKindSchema,
  status: z.enum(['open', 'closed']),
  openedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
  /** The incident that it became part of. */
  mergedInto: z.string().nullable(),
  cause: sharedCauseSchema.optional(),
  /** Those that the asker may see; `elsewhere` counts the others. */
  members: z.array(incidentMemberSchema),
  elsewhere: z.int(),
  acknowledgements: z.array(acknowledgementSchema.omit({ boardIds: true })),
  text: textSchema,
});
export type IncidentView = z.infer<typeof incidentViewSchema>;
/** Newest change first. */
export const incidentListSchema = z.object({ incidents: z.array(incidentViewSchema) });

export const acknowledgeRequestSchema = z
  .object({ note: z.string().trim().min(1).max(2000).optional() })
  .nullish();

export const recipientRequestSchema = recipientFactsSchema;
export const recipientChangeSchema = z
  .object({
    name: recipientFactsSchema.shape.name,
    boardIds: recipientFactsSchema.shape.boardIds,
    kinds: recipientFactsSchema.shape.kinds.unwrap(),
    pace: recipientFactsSchema.shape.pace.unwrap(),
    quietHours: recipientFactsSchema.shape.quietHours.unwrap(),
    language: recipientFactsSchema.shape.language.unwrap(),
  })
  .partial();
export type RecipientChange = z.infer<typeof recipientChangeSchema>;

export const recipientViewSchema = recipientFactsSchema.extend({
  id: z.string(),
  createdAt: z.iso.datetime(),
});
export type RecipientView = z.infer<typeof recipientViewSchema>;
/**
 * `secret`: with which a webhook's messages are signed; `feedUrl`: where a feed is, for who has it.
 * Told this once.
 */
export const recipientMadeSchema = recipientViewSchema.extend({
  secret: z.string().optional(),
  feedUrl: z.url().optional(),
});
export const recipientListSchema = z.object({ recipients: z.array(recipientViewSchema) });

export const deliveryViewSchema = z.object({
  id: z.string(),
  channel: z.enum(['mail', 'webhook']),
  /** Address or URL. */
  to: z.string(),
  /** Null: no alert, but mail of a dossier. */
  recipientId: z.string().nullable(),
  subject: z.string(),
  createdAt: z.iso.datetime(),
  status: z.enum(['queued', 'sent', 'failed']),
  tries: z.int(),
  nextTryAt: z.iso.datetime().nullable(),
  sentAt: z.iso.datetime().nullable(),
  /** What the last try that failed was told. */
  failure: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof deliveryViewSchema>;
export const deliveryCountsSchema = z.object({
  queued: z.int(),
  sent: z.int(),
  failed: z.int(),
});
export type DeliveryCounts = z.infer<typeof deliveryCountsSchema>;
/** Of the last 90 days, newest first. */
export const deliveryListSchema = z.object({
  /** Whether mail can be sent at all: MEETNET_SMTP_URL is set. */
  mail: z.enum(['on', 'off']),
  counts: z.object({ mail: deliveryCountsSchema, webhook: deliveryCountsSchema }),
  deliveries: z.array(deliveryViewSchema),
});
export const testQueuedSchema = z.object({ deliveryId: z.string() });
