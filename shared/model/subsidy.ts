// A subsidy scheme as data, what is applied for under it, and the calculation of an estimate.
// Money is in whole euro cents. How an estimate is made is collector/dossiers/subsidy.
import { z } from 'zod';
import { lineKindSchema } from './line.ts';

/** Whole euro cents; a hundred million euros is far beyond any line. */
export const centsSchema = z.int().min(0).max(10_000_000_000);
/** Euro cents, a whole number. */
export type Cents = z.infer<typeof centsSchema>;

/** A percentage of at most two decimals: hundredths are what the arithmetic counts in. */
const percentSchema = z
  .number()
  .min(0)
  .max(100)
  .refine((value) => Number.isInteger(Math.round(value * 1e6) / 1e4), 'has at most two decimals');

const nameSchema = z.object({ nl: z.string().min(1).max(200), en: z.string().min(1).max(200) });
const idSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'must be of a-z, 0-9 and -');

/** Parts of the price, from the bottom up; the last is without a bound. */
const bracketSchema = z.strictObject({
  /** Null: everything above the bracket before. */
  upToCents: centsSchema.nullable(),
  percent: percentSchema,
});

/**
 * One way to read the text: whether the threshold comes off what the shares give, or off the
 * price (from its lowest bracket up) before the shares are taken.
 */
const readingSchema = z.strictObject({
  id: idSchema,
  order: z.enum(['share_then_threshold', 'threshold_then_share']),
  source: z.string().min(1).max(500),
});

const qualifiesSchema = z.strictObject({
  /** Kinds of the present line; every location of an application must have one of them. */
  presentKinds: z.array(lineKindSchema).min(1),
  newKinds: z.array(lineKindSchema).min(1),
  downloadMbps: z.number().positive(),
  uploadMbps: z.number().positive(),
  /** The line must be delivered within so many months of the grant. */
  deliveryMonths: z.int().positive(),
});

/** On top of what one would get, for one application of several locations with one offer. */
const jointBonusSchema = z.strictObject({
  percent: percentSchema,
  minLocations: z.int().min(2),
});

export const subsidySchemeSchema = z
  .strictObject({
    id: idSchema,
    name: nameSchema,
    /** First and last day of applying, in Europe/Amsterdam. */
    opens: z.iso.date(),
    closes: z.iso.date(),
    qualifies: qualifiesSchema,
    brackets: z.array(bracketSchema).min(1).max(20),
    thresholdCents: centsSchema,
    /** The first is used unless another is asked for. */
    readings: z.array(readingSchema).min(1),
    /** Of one application, the bonus included; null: none. */
    capCents: centsSchema.nullable(),
    jointBonus: jointBonusSchema.nullable(),
    /** Amounts are rounded down to a multiple of this. */
    roundToCents: z.int().min(1).max(100_000),
    source: z.string().min(1).max(500),
  })
  .refine(({ opens, closes }) => opens <= closes, { path: ['closes'], error: 'is before opens' })
  .refine(({ brackets }) => brackets.every(isAboveTheLast), {
    path: ['brackets'],
    error: 'must rise, and the last alone has upToCents null',
  });
export type SubsidyScheme = z.infer<typeof subsidySchemeSchema>;

function isAboveTheLast(
  { upToCents }: { readonly upToCents: Cents | null },
  index: number,
  all: readonly { readonly upToCents: Cents | null }[],
): boolean {
  if (upToCents === null) return index === all.length - 1;
  return index < all.length - 1 && upToCents > (all[index - 1]?.upToCents ?? 0);
}

export const subsidyApplicationSchema = z.strictObject({
  /** Day of applying. */
  on: z.iso.date(),
  /** One-off price of the whole offer, for all its locations together. */
  costCents: centsSchema,
  /** Kind of the present line, an entry for each location of the application. */
  presentKinds: z.array(lineKindSchema).min(1).max(1000),
  newKind: lineKindSchema,
  downloadMbps: z.number().positive(),
  uploadMbps: z.number().positive(),
});
export type SubsidyApplication = z.infer<typeof subsidyApplicationSchema>;

/** `unknown`: it depends on a present line whose kind nobody has said. */
export const qualificationSchema = z.enum(['yes', 'no', 'unknown']);

/** Why an application does not qualify, or is not known to. */
export const conditionSchema = z.discriminatedUnion('condition', [
  z.object({ condition: z.literal('not_open'), opens: z.iso.date(), closes: z.iso.date() }),
  z.object({ condition: z.literal('present_kind'), kinds: z.array(lineKindSchema) }),
  z.object({ condition: z.literal('present_kind_unknown'), locations: z.int() }),
  z.object({ condition: z.literal('new_kind'), kinds: z.array(lineKindSchema) }),
  z.object({
    condition: z.literal('new_speed'),
    downloadMbps: z.number(),
    uploadMbps: z.number(),
  }),
]);
export type Condition = z.infer<typeof conditionSchema>;

/** The calculation, in the order in which it is made; `totalCents` is what stands after the step. */
export const calculationStepSchema = z.discriminatedUnion('step', [
  z.object({
    step: z.literal('threshold_off_cost'),
    thresholdCents: centsSchema,
    totalCents: centsSchema,
  }),
  z.object({
    step: z.literal('bracket'),
    percent: z.number(),
    fromCents: centsSchema,
    upToCents: centsSchema.nullable(),
    /** The part of the price that lies in this bracket. */
    ofCents: centsSchema,
    givesCents: centsSchema,
    totalCents: centsSchema,
  }),
  z.object({
    step: z.literal('threshold_off_share'),
    thresholdCents: centsSchema,
    totalCents: centsSchema,
  }),
  z.object({
    step: z.literal('joint_bonus'),
    percent: z.number(),
    locations: z.int(),
    givesCents: centsSchema,
    totalCents: centsSchema,
  }),
  z.object({ step: z.literal('limited_to_cost'), totalCents: centsSchema }),
  z.object({ step: z.literal('limited_to_cap'), capCents: centsSchema, totalCents: centsSchema }),
  z.object({ step: z.literal('rounded_down'), toCents: z.int(), totalCents: centsSchema }),
]);
export type CalculationStep = z.infer<typeof calculationStepSchema>;

export const subsidyEstimateSchema = z.object({
  schemeId: z.string(),
  readingId: z.string(),
  qualifies: qualificationSchema,
  /** Empty where it qualifies. */
  conditions: z.array(conditionSchema),
  costCents: centsSchema,
  /** What may be expected: 0 where it does not qualify. */
  amountCents: centsSchema,
  /** What the calculation gives, whether or not it qualifies. */
  calculatedCents: centsSchema,
  /** The price less `amountCents`. */
  ownShareCents: centsSchema,
  /** `amountCents` over the locations of the application, rounded down. */
  perLocationCents: centsSchema,
  steps: z.array(calculationStepSchema),
});
export type SubsidyEstimate = z.infer<typeof subsidyEstimateSchema>;
