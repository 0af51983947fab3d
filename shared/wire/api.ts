// The HTTP API's shapes under /api/v1: checked on the way in, serialised on the way out, and the
// source of the OpenAPI document. The pages and the agent import the types.
import { z } from 'zod';
import { lineLookSchema } from '../model/availability.ts';
import { failureCodeSchema } from '../model/failure.ts';
import { lineChangeSchema, lineFactsSchema } from '../model/line.ts';
import {
  boardSchema,
  coordinatesSchema,
  locationSchema,
  positionSchema,
} from '../model/location.ts';
import { measurementKindSchema, measurementSchema } from '../model/measurement.ts';
import { directionSchema, normSchema } from '../model/norm.ts';
import { overruleSchema } from '../model/overrule.ts';
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
  /** The line that it measures. */
  lineId: z.string(),
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

/** Ended lines keep the verdict that they had. */
export const lineViewSchema = lineFactsSchema.extend({
  id: z.string(),
  createdAt: z.iso.datetime(),
  /** Null while it runs. */
  endedAt: z.iso.datetime().nullable(),
  verdict: verdictViewSchema,
});
export type LineView = z.infer<typeof lineViewSchema>;

export const locationViewSchema = locationSchema.extend({
  /** Null where nobody has said where it is. */
  coordinates: coordinatesSchema.nullable(),
  board: boardSchema,
  /** The last test that gave a result in both directions, or null. */
  latest: measurementSchema.nullable(),
  verdict: verdictViewSchema,
  /** An operator's say that goes before the verdict now; absent when there is none. */
  overrule: overruleSchema.optional(),
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
  /** Oldest first, ended ones too. */
  lines: z.array(lineViewSchema),
  devices: z.array(deviceViewSchema),
  norm: normSchema,
});
export const overruleListSchema = z.object({ overrules: z.array(overruleSchema) });
export const boardListSchema = z.object({ boards: z.array(boardSchema) });
export const measurementQuerySchema = z.object({
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  kind: measurementKindSchema.default('throughput'),
  /** Newest first. */
  limit: z.coerce.number().int().min(1).max(10_000).default(1000),
});
export const measurementListSchema = z.object({ measurements: z.array(measurementViewSchema) });

/** For operators. */
export const measureServerViewSchema = z.object({
  /** Origin that agents are told. */
  url: z.string(),
  /** Tests that it carries at the same time. */
  slots: z.int(),
  inUse: z.int(),
  /** `away`: three checks in a row failed, and it gets no slots; `unknown`: not checked yet. */
  state: z.enum(['unknown', 'up', 'away']),
  since: z.iso.datetime(),
  checkedAt: z.iso.datetime().nullable(),
  /** Checks that failed since the last that did not. */
  failures: z.int(),
  /** The last there was, also when it answers again. */
  lastError: z
    .object({ at: z.iso.datetime(), code: failureCodeSchema, message: z.string() })
    .nullable(),
});
export type MeasureServerView = z.infer<typeof measureServerViewSchema>;

/** Many lines fell together: tests that started within count against no line. */
export const serverFaultViewSchema = z.object({
  server: z.string(),
  direction: directionSchema,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** Lines that could be compared with their own typical reading, and those of them that fell. */
  lines: z.int(),
  fallen: z.int(),
  /** Share of such tests that falls anyway. */
  usualRate: z.number(),
  foundAt: z.iso.datetime(),
});
export type ServerFaultView = z.infer<typeof serverFaultViewSchema>;

export const measureServerListSchema = z.object({
  servers: z.array(measureServerViewSchema),
  faults: z.array(serverFaultViewSchema),
});

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
  evidence: lineLookSchema.optional(),
});
/** Of one line, as its own devices tell it. */
export const lineAvailabilitySchema = z.object({
  lineId: z.string(),
  name: z.string(),
  role: lineFactsSchema.shape.role,
  /** Null while it runs; nothing is counted after it. */
  endedAt: z.iso.datetime().nullable(),
  /** Newest first, those before the watch began too. */
  months: z.array(availabilityMonthSchema),
  /** Newest first. */
  outages: z.array(outageSchema),
});
export const availabilityViewSchema = z.object({
  locationId: z.string(),
  timeZone: z.string(),
  /** A shorter outage counts as time up. */
  minOutageMs: durationMs,
  /** Oldest first; an ended one only where something was told of it in these months. */
  lines: z.array(lineAvailabilitySchema),
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

/** The body may be left out: then the code is for the only line, for the default of 14 days. */
export const enrolmentCodeRequestSchema = z
  .object({
    days: z.int().min(1).max(366).optional(),
    /** For a location with several lines: the one that the device will measure. */
    lineId: z.string().max(100).optional(),
  })
  .nullish();
export const enrolmentCodeSchema = z.object({
  code: z.string(),
  locationId: z.string(),
  expiresAt: z.iso.datetime(),
});
export type EnrolmentCode = z.infer<typeof enrolmentCodeSchema>;

/** A name that is mistyped is refused: nearly all may be left out, so nobody would miss it. */
export const lineRequestSchema = lineFactsSchema
  .extend({
    role: lineFactsSchema.shape.role.default('main'),
    kind: lineFactsSchema.shape.kind.default('unknown'),
  })
  .strict();
export const lineChangeRequestSchema = lineChangeSchema.strict();
/** The body may be left out: then it ended now. */
export const lineEndRequestSchema = z.object({ endedAt: z.iso.datetime().optional() }).nullish();

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
