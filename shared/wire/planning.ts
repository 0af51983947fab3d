// The planning API's shapes: flat rows, because the same rows are exported as CSV and XLSX. Money is
// whole euro cents, shares are fractions of 1, what is not known is null.
import { z } from 'zod';
import { DOSSIER_STATES } from '../model/dossier.ts';
import { outcomeSchema } from '../model/verdict.ts';
import { textSchema } from './api.ts';

const text = z.string().nullable();
const figure = z.number().nullable();
const cents = z.int().nullable();
const count = z.int().nonnegative();

/** A dossier's state, and `set_aside` in the place of the one in which it rests. */
export const planningStateSchema = z.enum([...DOSSIER_STATES, 'set_aside']);

/**
 * `assumed`: the estimate takes it that a present line qualifies whose kind nobody has said; said of
 * the line (`line change --kind`), it may be nothing.
 */
export const subsidyFromSchema = z.enum(['known', 'assumed']);
export type SubsidyFrom = z.infer<typeof subsidyFromSchema>;

export const planningRowSchema = z.object({
  locationId: z.string(),
  name: z.string(),
  boardId: z.string(),
  board: z.string(),
  city: text,
  municipality: text,
  province: text,
  pupils: count.nullable(),
  /** The one that counts: an operator's while he overrules, else the measured one. */
  verdict: outcomeSchema.nullable(),
  measuredVerdict: outcomeSchema.nullable(),
  /** Null where nobody overrules. */
  overruledUntil: z.iso.datetime().nullable(),
  /** The measured one. */
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
  /**
   * Of the norm, by the verdict's own median: 0 within the tolerance, or where this direction meets the
   * norm; null where the verdict does not say. The newest test alone is no shortfall.
   */
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
  dossierState: planningStateSchema.nullable(),
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
  /** What the estimate rests on, and how it was reckoned; of a joint offer, of all of it. */
  subsidyFrom: subsidyFromSchema.nullable(),
  subsidyCalculation: textSchema.nullable(),
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
  /** Of these locations, those whose verdict an operator overrules. */
  overruled: count,
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
export const CANDIDATES = ['wants_better', 'open'] as const;
export const candidatesSchema = z.enum(CANDIDATES);
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
  subsidyFrom: subsidyFromSchema,
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
  /** Absent in scenarios that were saved before it was known. */
  subsidyFrom: subsidyFromSchema.optional(),
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
  dossier: z.union([planningStateSchema, z.literal('none')]).optional(),
});
export type PlanningFilter = z.infer<typeof planningFilterSchema>;

/** How near is near enough to build together; farther than this nobody digs together. */
const radiusSchema = z.coerce.number().positive().max(25).default(2);
/** Euros, with cents after a point where there are any. */
const euroSchema = z.coerce
  .number()
  .min(0)
  .max(1e9)
  .refine((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6, {
    error: 'has at most two decimals',
  });

export const planningAssumptionsSchema = planningFilterSchema.extend({
  radiusKm: radiusSchema,
  /** Cost of building, taken for every location without a fitting offer. */
  assumedCostEuro: euroSchema.optional(),
  /** Day of applying (ISO 8601) for which subsidies are estimated; default today. */
  on: z.iso.date().optional(),
  /** Of the subsidy scheme; default as set. */
  reading: z.string().max(60).optional(),
});

export type PlanningAssumptions = z.infer<typeof planningAssumptionsSchema>;

export const FORMATS = ['json', 'csv', 'xlsx'] as const;
const fileSchema = z.object({
  format: z.enum(FORMATS).default('json'),
  /** Of headers and fixed words in CSV and XLSX. */
  language: z.enum(['nl', 'en']).default('nl'),
  /** In CSV. `comma` puts semicolons between cells, as a Dutch Excel has it. */
  decimal: z.enum(['point', 'comma']).default('point'),
});
export type FileQuery = z.infer<typeof fileSchema>;

export const planningQuerySchema = planningAssumptionsSchema.extend(fileSchema.shape);
export type PlanningQuery = z.infer<typeof planningQuerySchema>;

const scenarioQuestionSchema = planningAssumptionsSchema.extend({
  budgetEuro: euroSchema,
  charge: chargeSchema.default('cost'),
  candidates: candidatesSchema.default('wants_better'),
});
export type ScenarioQuestion = z.infer<typeof scenarioQuestionSchema>;
/** `?rule=` once or more often; default all. */
const rulesSchema = z
  .union([scenarioRuleSchema.transform((rule) => [rule]), z.array(scenarioRuleSchema).min(1)])
  .default([...SCENARIO_RULES]);
export const scenarioQuerySchema = scenarioQuestionSchema.extend({
  ...fileSchema.shape,
  rule: rulesSchema,
  /** Of a CSV, which holds one table: what each rule comes to, or what each chose. */
  part: z.enum(['summary', 'choices']).default('summary'),
});
export type ScenarioQuery = z.infer<typeof scenarioQuerySchema>;

/** What the figures rest on beside the evidence. */
export const planningBasisSchema = z.object({
  at: z.iso.datetime(),
  normVersion: z.string(),
  radiusKm: z.number(),
  /** Of the subsidy estimates; null where no scheme is known. */
  schemeId: z.string().nullable(),
  readingId: z.string().nullable(),
  subsidyOn: z.iso.date(),
  /** False: the scheme takes no applications on that day, so the estimates are 0. */
  schemeIsOpen: z.boolean(),
  assumedCostCents: cents,
  filter: planningFilterSchema,
});
export type PlanningBasis = z.infer<typeof planningBasisSchema>;

export const planningReplySchema = z.object({
  basis: planningBasisSchema,
  rows: z.array(planningRowSchema),
});
export const funnelReplySchema = z.object({
  basis: planningBasisSchema,
  steps: z.array(funnelStepSchema),
});
export const jointBuildsReplySchema = z.object({
  basis: planningBasisSchema,
  jointBuilds: z.array(jointBuildRowSchema),
});
export const scenarioRowsSchema = z.object({
  summary: scenarioSummarySchema,
  choices: z.array(scenarioChoiceSchema),
});
export type ScenarioRows = z.infer<typeof scenarioRowsSchema>;
export const scenariosReplySchema = z.object({
  basis: planningBasisSchema,
  scenarios: z.array(scenarioRowsSchema),
});

export const savedScenarioRequestSchema = scenarioQuestionSchema.extend({
  name: z.string().trim().min(1).max(200),
  rule: rulesSchema,
});
/** As it came out when it was saved; it does not change with what is known later. */
export const savedScenarioSchema = z.object({
  id: z.string(),
  name: z.string(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  question: scenarioQuestionSchema.extend({ rule: z.array(scenarioRuleSchema) }),
  basis: planningBasisSchema,
  scenarios: z.array(scenarioRowsSchema),
});
export type SavedScenario = z.infer<typeof savedScenarioSchema>;
export const savedScenariosSchema = z.object({
  saved: z.array(savedScenarioSchema.omit({ scenarios: true })),
});
