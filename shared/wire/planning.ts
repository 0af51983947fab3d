// The planning API's shapes: flat rows, because the same rows are exported as CSV and XLSX. Money is
// whole euro cents, shares are fractions of 1, what is not known is null.
import { z } from 'zod';
import { outcomeSchema } from '../model/verdict.ts';

const text = z.string().nullable();
const figure = z.number().nullable();
const cents = z.int().nullable();
const count = z.int().nonnegative();

export const dossierStateSchema = z.enum([
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
  'set_aside',
]);

export const planningRowSchema = z.object({
  locationId: z.string(),
  name: z.string(),
  boardId: z.string(),
  board: z.string(),
  city: text,
  municipality: text,
  province: text,
  pupils: count.nullable(),
  verdict: outcomeSchema.nullable(),
  judgedAt: z.iso.datetime().nullable(),
  /** Share of the tests for capacity that passed, and its exact interval. */
  downloadPassShare: figure,
  downloadPassLow: figure,
  downloadPassHigh: figure,
  uploadPassShare: figure,
  uploadPassLow: figure,
  uploadPassHigh: figure,
  /** Median that the verdict names, else the newest test's; IP layer. */
  downloadMbps: figure,
  uploadMbps: figure,
  /** Of the norm; 0 for a reading within its tolerance. */
  downloadShortfallMbps: figure,
  downloadShortfallShare: figure,
  uploadShortfallMbps: figure,
  uploadShortfallShare: figure,
  downloadMbpsPerPupil: figure,
  lines: count,
  /** Of the line with the highest contracted download. */
  lineKind: text,
  lineProvider: text,
  contractedDownloadMbps: figure,
  contractedUploadMbps: figure,
  dossierState: dossierStateSchema.nullable(),
  dossierSince: z.iso.datetime().nullable(),
  offers: count,
  /** Of the fitting offer that costs least over 36 months. */
  offerProvider: text,
  offerKind: text,
  costFrom: z.enum(['offer', 'assumed']).nullable(),
  costCents: cents,
  monthlyCents: cents,
  subsidyCents: cents,
  ownShareCents: cents,
  costPerPupilCents: cents,
  /** Locations within the radius that fall short too; null without coordinates. */
  shortNeighbours: count.nullable(),
  nearestShortKm: figure,
  shortNeighbourIds: z.array(z.string()),
  jointBuildId: text,
});
export type PlanningRow = z.infer<typeof planningRowSchema>;

export const FUNNEL_STEPS = [
  'locations',
  'measured',
  'judged',
  'below',
  'asked',
  'suffices',
  'too_costly',
  'wants_better',
  'no_answer',
  'offer',
  'subsidised',
  'maatwerk',
  'ordered',
  'delivered',
  'set_aside',
] as const;
export const funnelStepIdSchema = z.enum(FUNNEL_STEPS);
export type FunnelStepId = z.infer<typeof funnelStepIdSchema>;

export const funnelStepSchema = z.object({
  step: funnelStepIdSchema,
  /** The step that this is a part of; null for the first. */
  of: funnelStepIdSchema.nullable(),
  locations: count,
  pupils: count,
  /** Of the step that it is a part of; null where that is empty. */
  share: figure,
});
export type FunnelStep = z.infer<typeof funnelStepSchema>;

export const SCENARIO_RULES = ['pupils_per_euro', 'worst_first', 'joint_builds_first'] as const;
export const scenarioRuleSchema = z.enum(SCENARIO_RULES);
export type ScenarioRule = z.infer<typeof scenarioRuleSchema>;

/** What of a project the budget pays: all of it, the subsidy, or what is left to the boards. */
export const CHARGES = ['cost', 'subsidy', 'own_share'] as const;
export const chargeSchema = z.enum(CHARGES);
export type Charge = z.infer<typeof chargeSchema>;

/** Those whose school said that it wants better, or every one that nothing speaks against. */
export const candidatesSchema = z.enum(['wants_better', 'open']);
export type Candidates = z.infer<typeof candidatesSchema>;

export const jointBuildRowSchema = z.object({
  jointBuildId: z.string(),
  locationIds: z.array(z.string()),
  names: z.array(z.string()),
  municipalities: z.array(z.string()),
  locations: count,
  pupils: count,
  /** Between the two members farthest from each other. */
  widthKm: z.number(),
  /** Members whose cost is known; the sums are of these alone. */
  costed: count,
  costCents: z.int(),
  /** Of applications one by one, and of one for all. */
  singleSubsidyCents: z.int(),
  jointSubsidyCents: z.int(),
  gainCents: z.int(),
});
export type JointBuildRow = z.infer<typeof jointBuildRowSchema>;

export const scenarioChoiceSchema = z.object({
  rule: scenarioRuleSchema,
  /** From 1, in the order in which the rule took them. */
  rank: z.int().positive(),
  kind: z.enum(['single', 'joint']),
  locationIds: z.array(z.string()),
  names: z.array(z.string()),
  pupils: count,
  /** Of its worst location and direction, of the norm. */
  shortfallShare: z.number(),
  costCents: z.int(),
  subsidyCents: z.int(),
  ownShareCents: z.int(),
  costFrom: z.enum(['offer', 'assumed']),
  /** From the budget, and what is left of it after this one. */
  chargedCents: z.int(),
  remainingCents: z.int(),
});
export type ScenarioChoice = z.infer<typeof scenarioChoiceSchema>;

export const scenarioSummarySchema = z.object({
  rule: scenarioRuleSchema,
  charge: chargeSchema,
  candidates: candidatesSchema,
  budgetCents: z.int(),
  projects: count,
  locations: count,
  pupils: count,
  costCents: z.int(),
  subsidyCents: z.int(),
  ownShareCents: z.int(),
  chargedCents: z.int(),
  remainingCents: z.int(),
  /** Candidates with a known cost that are not covered, each by itself. */
  leftLocations: count,
  leftPupils: count,
  leftCostCents: z.int(),
  /** Candidates without a known cost, in no scenario. */
  withoutCost: count,
  /** No choice under this budget helps more pupils than this. */
  mostPupils: count,
});
export type ScenarioSummary = z.infer<typeof scenarioSummarySchema>;

/** A location has to fit all that is given. `dossier=none`: those without one. */
export const planningFilterSchema = z.object({
  board: z.string().max(20).optional(),
  municipality: z.string().max(200).optional(),
  province: z.string().max(100).optional(),
  verdict: outcomeSchema.optional(),
  dossier: z.union([dossierStateSchema, z.literal('none')]).optional(),
});
export type PlanningFilter = z.infer<typeof planningFilterSchema>;
