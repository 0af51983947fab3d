// The life of a maatwerk case: its states, its steps, offers, documents and the school's own view.
// Types and checks; which step may follow which is collector/dossiers.
import { z } from 'zod';
import { lineKindSchema } from './line.ts';
import { locationIdSchema } from './location.ts';
import { overruleSchema } from './overrule.ts';
import { centsSchema } from './subsidy.ts';
import { outcomeSchema } from './verdict.ts';

export const DOSSIER_STATES = [
  'signalled',
  'asked',
  'suffices',
  'too_costly',
  'wants_better',
  'offer',
  'maatwerk',
  'ordered',
  'delivered',
  'closed',
] as const;
export const dossierStateSchema = z.enum(DOSSIER_STATES);
export type DossierState = z.infer<typeof dossierStateSchema>;

const shortText = z.string().trim().min(1).max(200);
const longText = z.string().trim().min(1).max(2000);
const speed = z.number().positive().max(1_000_000);

/** What the school says of itself, by the survey or by telephone. */
export const schoolViewSchema = z.discriminatedUnion('view', [
  z.strictObject({
    view: z.literal('suffices'),
    why: z.enum(['few_pupils', 'satisfied', 'other']),
    /** In the school's words; asked for with `other`. */
    whyText: z.string().trim().min(1).max(500).optional(),
  }),
  z.strictObject({
    view: z.literal('too_costly'),
    cost: z.enum(['one_off', 'monthly', 'both']),
  }),
  z.strictObject({ view: z.literal('wants_better') }),
]);
export type SchoolView = z.infer<typeof schoolViewSchema>;

export const schoolAnswerSchema = z.strictObject({
  view: schoolViewSchema,
  /** Where what we have is wrong. */
  pupils: z.int().min(0).max(20_000).optional(),
  buildings: z.int().min(1).max(100).optional(),
});
export type SchoolAnswer = z.infer<typeof schoolAnswerSchema>;

/** Amounts are of the whole offer, for all its locations together. */
export const offerSchema = z.strictObject({
  id: z.string().min(1).max(60),
  provider: shortText,
  kind: lineKindSchema,
  oneOffCents: centsSchema,
  monthlyCents: centsSchema,
  /** Term of the contract. */
  months: z.int().min(1).max(240),
  downloadMbps: speed,
  uploadMbps: speed,
  /** Last day on which it can be accepted. */
  validUntil: z.iso.date(),
  /** The other locations that one joint offer is for. */
  jointWith: z.array(locationIdSchema).max(100),
});
export type Offer = z.infer<typeof offerSchema>;

/** A document stays where it is kept; here is only where to find it. */
export const documentSchema = z.strictObject({
  id: z.string().min(1).max(60),
  name: shortText,
  /** An https address, or the number in the owner's own filing. */
  reference: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('url'), url: z.httpUrl().max(2000) }),
    z.strictObject({ kind: z.literal('file_number'), fileNumber: shortText }),
  ]),
});

export const solutionSchema = z.enum([
  'fibre_dig',
  'joint_build',
  'fixed_wireless',
  'mobile_5g',
  'satellite',
]);
export type Solution = z.infer<typeof solutionSchema>;

/** A verdict that stands: what measurements say now, or an operator in their place, and since when. */
export const standingVerdictSchema = z.object({
  outcome: outcomeSchema,
  /** When the outcome became this. */
  since: z.iso.datetime(),
  /** Start of the evidence of the verdict; of an overrule, when it was made. */
  evidenceFrom: z.iso.datetime(),
  /** Absent where an operator spoke of what was never judged. */
  normVersion: z.string().optional(),
  /** The one that goes before the measurements; absent where they say so themselves. */
  overrule: overruleSchema.pick({ id: true, reason: true, author: true, endsAt: true }).optional(),
});
export type StandingVerdict = z.infer<typeof standingVerdictSchema>;

export const authorSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('measurement') }),
  /** By the link of an invitation; who that was, the invitation says. */
  z.object({ kind: z.literal('school') }),
  z.object({ kind: z.literal('person'), id: z.string(), name: z.string() }),
  z.object({ kind: z.literal('command_line') }),
  /** Of DUO's files, by which one location went on as another. */
  z.object({ kind: z.literal('import') }),
]);
export type Author = z.infer<typeof authorSchema>;

const momentSchema = z.object({ at: z.iso.datetime() });

/** Where a case stands, and what it has so far. */
export const caseFactsSchema = z.object({
  state: dossierStateSchema,
  /** When the state became this. */
  since: z.iso.datetime(),
  setAside: momentSchema
    .extend({ author: authorSchema, reason: z.string(), until: z.iso.date().nullable() })
    .nullable(),
  asked: momentSchema
    .extend({ step: z.int(), channel: z.enum(['mail', 'telephone']), answerBy: z.iso.datetime() })
    .nullable(),
  answer: schoolAnswerSchema.extend({ at: z.iso.datetime(), author: authorSchema }).nullable(),
  /** Of this round, without those withdrawn. */
  offers: z.array(offerSchema),
  solution: solutionSchema.nullable(),
  order: momentSchema
    .extend({ offerId: z.string().nullable(), deliveryBy: z.iso.date().nullable() })
    .nullable(),
  deliveredAt: z.iso.datetime().nullable(),
  documents: z.array(documentSchema),
});
export type CaseFacts = z.infer<typeof caseFactsSchema>;

const BY_MEASUREMENT = [
  z.strictObject({ kind: z.literal('opened'), verdict: standingVerdictSchema }),
  z.strictObject({ kind: z.literal('measured'), verdict: standingVerdictSchema }),
] as const;

/** What a person says outright; offers, documents, invitations and notes are made elsewhere. */
const BY_PERSON = [
  z.strictObject({ kind: z.literal('answered'), answer: schoolAnswerSchema }),
  z.strictObject({ kind: z.literal('offer_withdrawn'), offerId: z.string() }),
  z.strictObject({ kind: z.literal('maatwerk_started') }),
  z.strictObject({ kind: z.literal('solution_chosen'), solution: solutionSchema }),
  z.strictObject({
    kind: z.literal('ordered'),
    /** Which offer; a chosen solution may be ordered without one. */
    offerId: z.string().optional(),
    deliveryBy: z.iso.date().optional(),
  }),
  z.strictObject({ kind: z.literal('order_fell_through') }),
  z.strictObject({ kind: z.literal('delivered') }),
  z.strictObject({ kind: z.literal('set_aside'), until: z.iso.date().optional() }),
  z.strictObject({ kind: z.literal('resumed') }),
] as const;

const askedSchema = z.strictObject({
  kind: z.literal('asked'),
  channel: z.enum(['mail', 'telephone']),
  /** Until when the school can answer, and change its answer. */
  answerBy: z.iso.datetime(),
});

/** A location went on as this one. */
const mergedSchema = z.strictObject({
  kind: z.literal('merged'),
  from: locationIdSchema,
  /** As it stood there, where both had a dossier; absent: this one came from there. */
  dossier: caseFactsSchema.optional(),
});

/** What happens in a dossier; the only things that change one. */
export const dossierEventSchema = z.discriminatedUnion('kind', [
  ...BY_MEASUREMENT,
  ...BY_PERSON,
  askedSchema,
  z.strictObject({ kind: z.literal('offer_added'), offer: offerSchema }),
  z.strictObject({ kind: z.literal('document_added'), document: documentSchema }),
  z.strictObject({ kind: z.literal('noted') }),
  mergedSchema,
]);
export type DossierEvent = z.infer<typeof dossierEventSchema>;

/** The steps that an operator adds as they are. By mail a school is asked with an invitation. */
export const actSchema = z.discriminatedUnion('kind', [
  ...BY_PERSON,
  askedSchema.extend({ channel: z.literal('telephone') }),
]);

/** Why, in the author's words; a note's own text. */
export const stepReasonSchema = longText;

export const dossierStepSchema = z.object({
  /** From 1 within the dossier, without gaps; the last is the dossier's version. */
  number: z.int().min(1),
  at: z.iso.datetime(),
  author: authorSchema,
  reason: stepReasonSchema,
  event: dossierEventSchema,
});
export type DossierStep = z.infer<typeof dossierStepSchema>;

export const dossierSchema = caseFactsSchema.extend({
  /** A location has at most one dossier; reopening it begins another round. */
  locationId: locationIdSchema,
  version: z.int().min(1),
  round: z.int().min(1),
  openedAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** What measurements, or an overrule, said when they last said something new. */
  verdict: standingVerdictSchema,
  steps: z.array(dossierStepSchema),
});
export type Dossier = z.infer<typeof dossierSchema>;
