// The evidence pack: what a board sends to its provider, to SIVON or to ACM about a location or one
// of its lines. `pack.json` of a pack is this shape in canonical form (RFC 8785). Rates are Mbit/s at
// the IP layer, shares are fractions of 1, times UTC. No address of a school's network, no name of a
// person or a device, and of pupils only their number.
import { z } from 'zod';
import { calibrationSchema } from '../model/calibration.ts';
import { failureSchema } from '../model/failure.ts';
import { lineFactsSchema } from '../model/line.ts';
import { boardSchema, locationSchema, positionSchema } from '../model/location.ts';
import {
  conditionsSchema,
  directionResultSchema,
  flagSchema,
  measurementSchema,
  testOutcomeSchema,
} from '../model/measurement.ts';
import { normSchema } from '../model/norm.ts';
import { overruleSchema } from '../model/overrule.ts';
import { textSchema, verdictViewSchema } from './api.ts';

/** Raised when a reader of an older one would misread the new one. */
export const EVIDENCE_FORMAT = 'meetnet-evidence/1';
export const MANIFEST_FORMAT = 'meetnet-evidence-manifest/1';
/** Where a collector publishes the key that it signs with. */
export const EVIDENCE_KEY_PATH = '/.well-known/meetnet-evidence-key';
/** Of a reply with a single file: its detached signature. */
export const EVIDENCE_SIGNATURE_HEADER = 'meetnet-evidence-jws';

const count = z.int().nonnegative();
const mbps = z.number();

/**
 * Whether a direction of a test counts for a question, and if not all that speaks against it: quality
 * flags, a failure's code, or a rule's own word for it.
 */
export const accountSchema = z.discriminatedUnion('counted', [
  z.object({
    counted: z.literal(true),
    as: z.enum(['pass', 'fail']),
    /** Counted as one with the later run that settled it. */
    settledBy: z.string().optional(),
    /** It is such a later run, and adds no count of its own. */
    settles: z.string().optional(),
  }),
  z.object({ counted: z.literal(false), because: z.array(z.string()).min(1) }),
]);
export type Account = z.infer<typeof accountSchema>;

export const directionAccountSchema = z.object({
  /** Against the norm; absent where the direction has no result. */
  outcome: testOutcomeSchema.optional(),
  /** Is the line good enough, on its own? */
  capacity: accountSchema,
  /** What is left of it in school hours? */
  use: accountSchema,
});
export type DirectionAccount = z.infer<typeof directionAccountSchema>;

export const evidenceTestSchema = z.object({
  ...measurementSchema.shape,
  kind: z.literal('throughput'),
  lineId: z.string(),
  receivedAt: z.iso.datetime(),
  download: directionResultSchema.omit({ raw: true }).optional(),
  upload: directionResultSchema.omit({ raw: true }).optional(),
  conditions: conditionsSchema,
  /** Its message is left out: it is for whoever runs the device. */
  failure: failureSchema.pick({ code: true, operation: true }).optional(),
  judged: z.object({
    /** Of the line during the test: by counters, by the hour and the round trip, or not known to be. */
    quiet: z.enum(['known', 'presumed', 'no']),
    inQuietHours: z.boolean(),
    inSchoolHours: z.boolean(),
    /** Those that disqualify, with what only many lines together show. */
    flags: z.array(flagSchema),
    download: directionAccountSchema,
    upload: directionAccountSchema,
  }),
});
export type EvidenceTest = z.infer<typeof evidenceTestSchema>;

export const shortfallSchema = z.object({
  /** What the norm or the contract says. */
  mbps,
  /** Absent without a reading; 0 for a reading within the norm's tolerance. */
  shortfallMbps: mbps.optional(),
  shortfallShare: z.number().optional(),
});

export const directionFindingSchema = z.object({
  /** Counts for capacity, a settled test with its second run as one. */
  tests: count,
  passes: count,
  /** Median of those. `isAtLeast`: most of them were paced, so the line may carry more. */
  reading: z.object({ mbps, isAtLeast: z.boolean() }).optional(),
  norm: shortfallSchema,
  /** Absent where nobody said what was agreed. */
  contract: shortfallSchema.optional(),
});
export type DirectionFinding = z.infer<typeof directionFindingSchema>;

export const testCountsSchema = z.object({
  tests: count,
  /** Without a result in one direction or both; they are among the others too. */
  failed: count,
  /** Of which a direction counts for a question. */
  counted: count,
  /** The others: `counted` + `excluded` = `tests`. */
  excluded: count,
});

export const evidenceDeviceSchema = z.object({
  id: z.string(),
  position: positionSchema,
  enrolledAt: z.iso.datetime(),
  /** As its newest test in the period says. */
  calibration: calibrationSchema.optional(),
});

export const evidenceLineSchema = lineFactsSchema.extend({
  id: z.string(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** Null for a line that did not run when the verdict was given. */
  verdict: verdictViewSchema.nullable(),
  findings: z.object({ download: directionFindingSchema, upload: directionFindingSchema }),
  devices: z.array(evidenceDeviceSchema),
  counts: testCountsSchema,
});
export type EvidenceLine = z.infer<typeof evidenceLineSchema>;

export const evidencePackSchema = z.object({
  format: z.literal(EVIDENCE_FORMAT),
  madeAt: z.iso.datetime(),
  /** Of the tests below, both ends included; never less than the verdict rests on. */
  period: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  location: locationSchema
    .pick({
      ...{ id: true, name: true, street: true, houseNumber: true, postalCode: true, city: true },
      ...{ municipality: true, province: true, pupils: true, pupilsMargin: true },
    })
    .extend({ board: boardSchema }),
  /** The line that the pack is about, by its id; null: the whole location. */
  lineId: z.string().nullable(),
  norm: normSchema,
  verdict: verdictViewSchema,
  /**
   * `reproduced`: the kept verdict, given again from the tests below. `differs`: it is not the kept
   * one, and `notes` say why. `judged_anew`: none was kept for this moment.
   */
  reproduction: z.object({
    result: z.enum(['reproduced', 'differs', 'judged_anew']),
    notes: z.array(z.string()),
  }),
  /** An operator's say that went before the verdict at that time. */
  overrule: overruleSchema
    .pick({ outcome: true, reason: true, createdAt: true, endsAt: true })
    .nullable(),
  lines: z.array(evidenceLineSchema),
  /** Others' rules over the same evidence; they decide nothing here. */
  otherRules: z.array(
    z.object({
      name: z.string(),
      source: z.string(),
      outcome: z.enum(['meets', 'short', 'undecided']),
    }),
  ),
  measureServers: z.array(z.object({ url: z.string(), tests: count })),
  software: z.object({
    collector: z.string(),
    /** Of the rules that the verdict was given by. */
    rules: z.string(),
    agents: z.array(z.object({ agentVersion: z.string(), nodeVersion: z.string(), tests: count })),
  }),
  counts: testCountsSchema,
  /** Oldest first; every test of the period, failed ones too. */
  tests: z.array(evidenceTestSchema),
});
export type EvidencePack = z.infer<typeof evidencePackSchema>;

export const EVIDENCE_FILES = ['pack.json', 'tests.csv', 'report.pdf'] as const;
export type EvidenceFileName = (typeof EVIDENCE_FILES)[number];

export const manifestSchema = z.strictObject({
  format: z.literal(MANIFEST_FORMAT),
  location: z.string(),
  madeAt: z.iso.datetime(),
  files: z.array(
    z.strictObject({
      name: z.enum(EVIDENCE_FILES),
      bytes: count,
      /** Hex. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** An Ed25519 public key (RFC 8037); `kid` is its thumbprint (RFC 7638). */
export const evidenceKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  kid: z.string().max(100).optional(),
  alg: z.literal('EdDSA').optional(),
  use: z.literal('sig').optional(),
});
export type EvidenceKey = z.infer<typeof evidenceKeySchema>;

export const EVIDENCE_FORMATS = ['zip', 'pdf', 'csv', 'json'] as const;
export type EvidenceFormat = (typeof EVIDENCE_FORMATS)[number];

export const evidencePackQuerySchema = z.object({
  format: z.enum(EVIDENCE_FORMATS).default('zip'),
  /** Tests from then on; the verdict's own are always there. */
  from: z.iso.datetime().optional(),
  /** Judged as of then; default: the verdict that stands. */
  to: z.iso.datetime().optional(),
  /** Id of one line; default: the whole location. */
  line: z.string().max(100).optional(),
  /** Of the report and of the table's headers; the JSON has both. */
  lang: z.enum(textSchema.keyof().options).default('nl'),
});
export type EvidencePackQuery = z.infer<typeof evidencePackQuerySchema>;
