// The HTTP API's shapes under /api/v1: checked on the way in, serialised on the way out, and the
// source of the OpenAPI document. The pages and the agent import the types.
import { z } from 'zod';
import { lineEvidenceSchema } from '../model/availability.ts';
import { boardSchema, locationSchema, positionSchema } from '../model/location.ts';
import { measurementKindSchema, measurementSchema } from '../model/measurement.ts';
import { normSchema } from '../model/norm.ts';
import { reasonSchema, verdictSchema } from '../model/verdict.ts';
import { spoolStatsSchema } from './uplink.ts';

export const API_PREFIX = '/api/v1';

export const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    /** What was wrong, where, and what to do. */
    message: z.string(),
    /** One line per fault in the request, e.g. `body/email: must be an e-mail address`. */
    faults: z.array(z.string()).optional(),
  }),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** A sentence in both languages of the pages. */
export const textSchema = z.object({ nl: z.string(), en: z.string() });
export type Text = z.infer<typeof textSchema>;

export const verdictViewSchema = verdictSchema.extend({
  text: textSchema,
  reasons: z.array(reasonSchema.extend({ text: textSchema })),
});
export type VerdictView = z.infer<typeof verdictViewSchema>;

/** A measurement as stored: `startedAt` is corrected for the agent's clock. */
export const measurementViewSchema = z.object({
  measurement: measurementSchema,
  receivedAt: z.iso.datetime(),
});
export type MeasurementView = z.infer<typeof measurementViewSchema>;

export const deviceViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  position: positionSchema,
  enrolledAt: z.iso.datetime(),
  connected: z.boolean(),
  lastContactAt: z.iso.datetime().nullable(),
  agentVersion: z.string().nullable(),
  clockOffsetMs: z.number().nullable(),
  spool: spoolStatsSchema.nullable(),
});
export type DeviceView = z.infer<typeof deviceViewSchema>;

export const locationViewSchema = locationSchema.extend({
  board: boardSchema,
  /** The last test that gave a result in both directions, or null. */
  latest: measurementSchema.nullable(),
  verdict: verdictViewSchema,
  connected: z.boolean(),
  lastContactAt: z.iso.datetime().nullable(),
});
export type LocationView = z.infer<typeof locationViewSchema>;

/**
 * In the list the evidence's `capacityIds` and `useIds` are empty: they are two thirds of 40 MB for
 * 9,000 locations. The location by itself has them.
 */
export const locationListSchema = z.object({
  locations: z.array(locationViewSchema),
  norm: normSchema,
});
export const locationDetailSchema = z.object({
  location: locationViewSchema,
  devices: z.array(deviceViewSchema),
  norm: normSchema,
});
export const boardListSchema = z.object({ boards: z.array(boardSchema) });
export const measurementQuerySchema = z.object({
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  kind: measurementKindSchema.default('throughput'),
  /** Newest first. */
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});
export const measurementListSchema = z.object({ measurements: z.array(measurementViewSchema) });

const durationMs = z.number().nonnegative();
const share = z.number().min(0).max(1).nullable();
export const availabilityQuerySchema = z.object({
  /** The present month and those before it. */
  months: z.coerce.number().int().min(1).max(60).default(12),
  format: z.enum(['json', 'csv']).default('json'),
  /** Of a CSV. */
  table: z.enum(['months', 'outages']).default('months'),
});
/** What is counted, and how, is told in collector/availability. */
export const availabilityMonthSchema = z.object({
  /** `2026-03`, of `timeZone`. */
  month: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** (observed − line down) ÷ observed; null where nothing was observed. */
  share,
  /** Time known to be up ÷ all time since the watch began. */
  strictShare: share,
  observedMs: durationMs,
  lineDownMs: durationMs,
  unreachableMs: durationMs,
  localDownMs: durationMs,
  /** No device ran. */
  offMs: durationMs,
  /** No device was heard of since. */
  silentMs: durationMs,
  /** Planned, and left out of all the others. */
  maintenanceMs: durationMs,
  /** A part of the time up. */
  collectorDownMs: durationMs,
  outages: z.int().nonnegative(),
});
export const outageSchema = z.object({
  kind: z.enum(['line_down', 'unreachable', 'local_down', 'off', 'silent']),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  durationMs,
  /** Against the line. */
  counted: z.boolean(),
  /** By how much earlier it may have begun, and ended. */
  startUncertaintyMs: durationMs.optional(),
  endUncertaintyMs: durationMs.optional(),
  evidence: lineEvidenceSchema.optional(),
});
export const availabilityViewSchema = z.object({
  locationId: z.string(),
  timeZone: z.string(),
  /** A shorter outage counts as time up. */
  minOutageMs: durationMs,
  months: z.array(availabilityMonthSchema),
  outages: z.array(outageSchema),
});
export type AvailabilityView = z.infer<typeof availabilityViewSchema>;

export const roleSchema = z.enum(['operator', 'reader']);
export const personSchema = z.object({
  id: z.string(),
  email: z.email().max(254),
  name: z.string().min(1).max(200),
  role: roleSchema,
  /** Null: all boards. */
  boardIds: z.array(z.string()).nullable(),
});
export type Person = z.infer<typeof personSchema>;

/** NIST SP 800-63B: length counts, composition rules do not. */
const passwordSchema = z.string().min(12, 'a password has at least 12 characters').max(200);
export const setupRequestSchema = z.object({
  token: z.string().min(1).max(200),
  email: z.email().max(254),
  name: z.string().min(1).max(200),
  password: passwordSchema,
});
export const signInRequestSchema = z.object({
  email: z.string().max(254),
  password: z.string().max(200),
});
export const sessionSchema = z.object({
  person: personSchema.nullable(),
  /** True until the first account exists. */
  setupNeeded: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;
export const personRequestSchema = personSchema
  .omit({ id: true })
  .extend({ password: passwordSchema });
export const peopleSchema = z.object({ people: z.array(personSchema) });

/** The body may be left out: then the code is valid for the collector's default of 14 days. */
export const enrolmentCodeRequestSchema = z
  .object({ days: z.int().min(1).max(366).optional() })
  .nullish();
export const enrolmentCodeSchema = z.object({
  code: z.string(),
  locationId: z.string(),
  expiresAt: z.iso.datetime(),
});
export type EnrolmentCode = z.infer<typeof enrolmentCodeSchema>;

export const enrolmentRequestSchema = z.object({
  code: z.string().min(1).max(60),
  /** Ed25519 public key, SPKI DER in base64url. */
  publicKey: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(200),
  /** Over `enrolmentPayload(code, publicKey)`, base64url. */
  signature: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(128),
  name: z.string().min(1).max(100),
  position: positionSchema,
  agentVersion: z.string().max(40),
});
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>;
export const enrolmentReplySchema = z.object({ deviceId: z.uuid(), locationId: z.string() });

/**
 * Server-sent events at /api/v1/events: `location` says that something of this location changed
 * (a measurement, its verdict, its contact); the page fetches what it shows.
 */
export const locationEventSchema = z.object({ locationId: z.string() });
export type LocationEvent = z.infer<typeof locationEventSchema>;
