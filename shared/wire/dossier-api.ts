// The API's shapes of dossiers and subsidies under /api/v1.
import { z } from 'zod';
import {
  actSchema,
  documentSchema,
  dossierSchema,
  dossierStateSchema,
  dossierStepSchema,
  offerSchema,
  stepReasonSchema,
} from '../model/dossier.ts';
import { boardIdSchema, boardSchema, locationIdSchema } from '../model/location.ts';
import {
  subsidyApplicationSchema,
  subsidyEstimateSchema,
  subsidySchemeSchema,
} from '../model/subsidy.ts';
import { textSchema } from './api.ts';

/** What people read of a dossier beside the dossier itself. */
const aroundSchema = z.object({
  locationName: z.string(),
  board: boardSchema,
  stateText: textSchema,
  /** When it must have moved on; null: no deadline. */
  dueAt: z.iso.datetime().nullable(),
});

export const dossierSummarySchema = dossierSchema
  .omit({ steps: true, documents: true })
  .extend(aroundSchema.shape);
export type DossierSummary = z.infer<typeof dossierSummarySchema>;
export const dossierListSchema = z.object({ dossiers: z.array(dossierSummarySchema) });
export const dossierQuerySchema = z.object({
  state: dossierStateSchema.optional(),
  boardId: boardIdSchema.optional(),
});

export const estimateViewSchema = subsidyEstimateSchema.extend({
  text: z.object({
    summary: textSchema,
    conditions: z.array(textSchema),
    steps: z.array(textSchema),
  }),
});
export type EstimateView = z.infer<typeof estimateViewSchema>;

export const dossierViewSchema = dossierSchema.extend({
  ...aroundSchema.shape,
  steps: z.array(dossierStepSchema.extend({ text: textSchema })),
  /** Each offer with what a scheme would give for all of it today. */
  offers: z.array(
    offerSchema.extend({
      estimate: estimateViewSchema.nullable(),
      /** Of a joint offer: the location whose dossier has it, while this one cannot take it. */
      from: locationIdSchema.nullable(),
    }),
  ),
  /** Kinds of steps that can follow now. */
  possible: z.array(z.string()),
  /** To those who may act: whom the link to the survey was sent to, and who answered. */
  invitations: z.array(
    z.object({
      email: z.string().nullable(),
      contactName: z.string().nullable(),
      createdAt: z.iso.datetime(),
      expiresAt: z.iso.datetime(),
    }),
  ),
});
export type DossierView = z.infer<typeof dossierViewSchema>;

/** Of the dossier that one has looked at; another one answers `conflict`. */
const versionSchema = z.int().min(1);

export const stepRequestSchema = z.object({
  version: versionSchema,
  reason: stepReasonSchema,
  event: actSchema,
});
export const noteRequestSchema = z.object({ text: stepReasonSchema });
export const offerRequestSchema = z.object({
  version: versionSchema,
  reason: stepReasonSchema,
  offer: offerSchema.omit({ id: true }),
});
export const documentRequestSchema = z.object({
  reason: stepReasonSchema,
  document: documentSchema.omit({ id: true }),
});
export const invitationRequestSchema = z.object({
  version: versionSchema,
  reason: stepReasonSchema,
  /** Where the mail goes; without it the link is yours to hand over. */
  email: z.email().max(254).optional(),
  /** Days in which the school can answer. */
  days: z.int().min(1).max(366).optional(),
});
export const invitationReplySchema = z.object({
  dossier: dossierViewSchema,
  /** Given here alone; only a hash of its secret is kept. */
  link: z.url(),
  expiresAt: z.iso.datetime(),
  mailWaits: z.boolean(),
});

export const schemeListSchema = z.object({
  schemes: z.array(subsidySchemeSchema),
  /** The one that takes applications today; null: none. */
  openNow: z.string().nullable(),
});
export const estimateRequestSchema = z.object({
  application: subsidyApplicationSchema,
  /** Default: the one open on the day of applying, or else the nearest. */
  schemeId: z.string().optional(),
  readingId: z.string().optional(),
});
