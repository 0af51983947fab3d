// Frames between agent and collector on the uplink, JSON text over WebSocket, protocol 1.
//
//   collector                         agent
//     challenge {nonce}        →
//                              ←        hello {deviceId, signature over nonce}
//     welcome {plan}           →
//                              ←        batch {records by position}
//     ack {fate per position}  →
//                              ←        ping            (heartbeat and clock)
//     pong                     →
//                              ←        slot_request
//     slot | slot_denied       →
//     configuration            →
//                              ←        configuration_result
//     measure_now              →
//                              ←        measure_progress, several
//     release                  →
//                              ←        release_read, for each part of its file
//     release_part             →
//                              ←        release_result
//
// Every frame is checked by these schemas on the way in, on both sides.
import { z } from 'zod';
import { configurationOutcomeSchema } from '../model/configuration.ts';
import { directionSchema } from '../model/norm.ts';
import { planSchema } from '../model/plan.ts';

export const UPLINK_PROTOCOL = 1;
export const UPLINK_PATH = '/api/v1/uplink';
/** Largest frame; 200 measurements of about 2 kB fit, and no honest agent needs more. */
export const MAX_FRAME_BYTES = 1_048_576;
export const MAX_BATCH_RECORDS = 200;
/** Ping interval; two missed and the connection is taken for dead (NAT tables forget at 60 s). */
export const HEARTBEAT_MS = 25_000;
/** From connect to hello, and from hello to welcome. */
export const HANDSHAKE_DEADLINE_MS = 10_000;

/** WebSocket close codes (RFC 6455 §7.4; 4000–4999 are ours). */
export const CLOSE = {
  goingAway: 1001,
  malformed: 1007,
  policy: 1008,
  tooBig: 1009,
  tryLater: 1013,
  unauthorised: 4401,
  replaced: 4409,
  timedOut: 4408,
} as const;

/** What the device signs (Ed25519) to open a session. The prefix keeps signatures to one use. */
export function helloPayload(nonce: string, deviceId: string): string {
  return `meetnet-uplink/1\n${nonce}\n${deviceId}`;
}

/** What the device signs to enrol: proof that it holds the private key. */
export function enrolmentPayload(code: string, publicKey: string): string {
  return `meetnet-enrolment/1\n${code}\n${publicKey}`;
}

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, 'must be base64url');

export const spoolStatsSchema = z.object({
  records: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Ever dropped because the spool was full, or after waiting for longer than is kept. */
  droppedRecords: z.int().nonnegative(),
  /** Ever skipped because unreadable on disk. */
  corruptRecords: z.int().nonnegative(),
  /** Why the disk takes no records now (`ENOSPC`, `EROFS`, …); absent while it does. */
  diskTrouble: z.string().max(60).optional(),
  /** Held in memory alone since then: gone when the power goes. */
  memoryRecords: z.int().nonnegative().optional(),
});
export type SpoolStats = z.infer<typeof spoolStatsSchema>;

/** How a test that somebody asked for goes. `waiting`: for its slot. */
export const testProgressSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.enum(['waiting', 'latency']) }),
  z.object({
    phase: directionSchema,
    elapsedMs: z.number().nonnegative(),
    /** Mbit/s of payload so far. */
    goodput: z.number().nonnegative(),
    streams: z.int().nonnegative(),
  }),
  /** It is in the spool, and delivered next. */
  z.object({ phase: z.literal('done'), measurementId: z.uuid() }),
  z.object({ phase: z.literal('refused'), reason: z.string().max(500) }),
]);
export type TestProgress = z.infer<typeof testProgressSchema>;

/**
 * What became of a release at a device. `waiting`: for room, for the budget, for its time.
 * `rolled_back`: it would not run there, or the collector did not welcome the agent under it.
 */
export const RELEASE_OUTCOMES = ['waiting', 'installed', 'refused', 'rolled_back'] as const;
export const releaseOutcomeSchema = z.enum(RELEASE_OUTCOMES);
export type ReleaseOutcome = z.infer<typeof releaseOutcomeSchema>;
/** Of a release's file, in one frame. */
export const RELEASE_PART_BYTES = 131_072;

export const agentFrameSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.literal(UPLINK_PROTOCOL),
    deviceId: z.uuid(),
    /** Over `helloPayload`. */
    signature: base64url.max(128),
    agentVersion: z.string().max(40),
    nodeVersion: z.string().max(40),
    /** `run`: the standing session, of which a device has one. `once`: a single command. */
    purpose: z.enum(['run', 'once']),
    /** Of the configuration that it runs by; absent: as installed. */
    configurationVersion: z.int().positive().optional(),
    /** It has a key to check releases with, and a launcher that starts them. */
    takesReleases: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('batch'),
    records: z
      .array(
        z.object({
          position: z.int().nonnegative(),
          /** Checked one by one, so that a bad record is rejected alone. */
          measurement: z.unknown(),
        }),
      )
      .min(1)
      .max(MAX_BATCH_RECORDS),
  }),
  z.object({
    type: z.literal('ping'),
    id: z.int().nonnegative(),
    /** Agent's wall clock, epoch ms. */
    sentAt: z.number(),
    /** Agent minus collector as last estimated; absent until known. */
    clockOffsetMs: z.number().optional(),
    spool: spoolStatsSchema.optional(),
  }),
  z.object({
    type: z.literal('slot_request'),
    requestId: z.int().nonnegative(),
    kind: z.literal('throughput'),
    mode: z.enum(['check', 'capacity']),
  }),
  z.object({ type: z.literal('slot_release'), slotId: z.string().max(64) }),
  z.object({
    type: z.literal('configuration_result'),
    version: z.int().positive(),
    outcome: configurationOutcomeSchema,
    reason: z.string().max(500).optional(),
  }),
  z.object({
    type: z.literal('measure_progress'),
    requestId: z.string().max(64),
    progress: testProgressSchema,
  }),
  z.object({
    type: z.literal('release_read'),
    version: z.string().max(40),
    file: z.string().max(100),
    offset: z.int().nonnegative(),
  }),
  z.object({
    type: z.literal('release_result'),
    version: z.string().max(40),
    outcome: releaseOutcomeSchema,
    reason: z.string().max(500).optional(),
  }),
]);
export type AgentFrame = z.infer<typeof agentFrameSchema>;

/** What became of one record. The agent's cursor passes all but `keep`. */
export const fateSchema = z.enum(['accepted', 'duplicate', 'rejected', 'keep']);
export type Fate = z.infer<typeof fateSchema>;

export const recordFateSchema = z.object({
  position: z.int().nonnegative(),
  fate: fateSchema,
  reason: z.string().max(500).optional(),
});
export type RecordFate = z.infer<typeof recordFateSchema>;

export const slotGrantSchema = z.object({
  slotId: z.string().max(64),
  /** Origin of the measure server, e.g. `http://meet.example:8081`. */
  server: z.string().max(300),
  /** Shown to the measure server; see wire/slot-token.ts. */
  token: z.string().max(1000),
  expiresAt: z.number(),
});
export type SlotGrant = z.infer<typeof slotGrantSchema>;

export const collectorFrameSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('challenge'), protocol: z.int(), nonce: base64url.max(128) }),
  z.object({
    type: z.literal('welcome'),
    sessionId: z.string().max(64),
    locationId: z.string().max(20),
    /** Collector's wall clock, epoch ms. */
    time: z.number(),
    plan: planSchema,
  }),
  z.object({ type: z.literal('ack'), results: z.array(recordFateSchema) }),
  z.object({
    type: z.literal('pong'),
    id: z.int().nonnegative(),
    /** Echo of the ping's `sentAt`. */
    pingSentAt: z.number(),
    receivedAt: z.number(),
    sentAt: z.number(),
  }),
  z.object({ type: z.literal('slot'), requestId: z.int(), grant: slotGrantSchema }),
  z.object({
    type: z.literal('slot_denied'),
    requestId: z.int(),
    reason: z.string().max(200),
    retryAfterMs: z.number().nonnegative(),
  }),
  z.object({
    type: z.literal('configuration'),
    version: z.int().positive(),
    /** Checked by the agent itself, which answers for one that it cannot use. */
    configuration: z.unknown(),
  }),
  z.object({ type: z.literal('measure_now'), requestId: z.string().min(1).max(64) }),
  z.object({
    type: z.literal('release'),
    /** For the answer; what counts is in the manifest. */
    version: z.string().max(40),
    /** As it was signed: shared/release/manifest.ts. */
    manifest: z.string().max(20_000),
    signature: z.string().max(128),
  }),
  z.object({
    type: z.literal('release_part'),
    version: z.string().max(40),
    file: z.string().max(100),
    offset: z.int().nonnegative(),
    /** Base64; empty at the end of the file. */
    data: z.base64().max(2 * RELEASE_PART_BYTES),
  }),
  z.object({ type: z.literal('error'), code: z.string().max(60), message: z.string().max(1000) }),
]);
export type CollectorFrame = z.infer<typeof collectorFrameSchema>;

/** What a collector asks of a running agent beside the measuring by its plan. */
export type Instruction = Extract<
  CollectorFrame,
  { type: 'configuration' | 'measure_now' | 'release' | 'release_part' }
>;
