// What one test yields. Absent is absent: never −1, never 0 for "unknown".
// Only types and their checks live here; how the figures come about is agent/measure's subject.
import { z } from 'zod';
import { availabilityReportSchema, MAX_STRETCH_MS } from './availability.ts';
import { calibrationSchema } from './calibration.ts';
import { failureSchema } from './failure.ts';
import { latencyReportSchema, loadedLatencySchema } from './latency.ts';
import { positionSchema } from './location.ts';
import { rawDirectionSchema } from './raw.ts';

export const QUALITY_FLAGS = [
  'nic_limited',
  'cpu_limited',
  'cross_traffic',
  'server_limited',
  'wifi',
  'burst_shaped',
  'no_plateau',
  'high_variance',
  'clock_unsynced',
] as const;
export const flagSchema = z.enum(QUALITY_FLAGS);
export type Flag = z.infer<typeof flagSchema>;

/**
 * A throughput test that carries such a flag can prove a pass, never a fail. A clock that is off
 * spoils one-way figures only: throughput is measured on one monotonic clock, and the time of day
 * is corrected by the offset.
 */
export function disqualifies(flag: Flag): boolean {
  return flag !== 'clock_unsynced';
}

/** `pass` and `fail` are decided by the stop rule against the norm; anything else is inconclusive. */
export const testOutcomeSchema = z.enum(['pass', 'fail', 'inconclusive']);
export type TestOutcome = z.infer<typeof testOutcomeSchema>;

export const directionResultSchema = z.object({
  /** TCP payload, Mbit/s, mean after warm-up. Upload: counted at the receiver. */
  goodput: z.number().nonnegative(),
  /** The same at the IP layer, Mbit/s (RFC 9097); this is what the norm is compared with. */
  ipCapacity: z.number().nonnegative(),
  /** 95% confidence interval of `ipCapacity`, Mbit/s, [low, high]. */
  interval: z.tuple([z.number(), z.number()]),
  /** Payload bytes that the direction cost, warm-up included. */
  bytes: z.int().nonnegative(),
  outcome: testOutcomeSchema,
  /**
   * What the stop rule said where a flag keeps it from being the outcome. Others' traffic does that for the
   * line, not for what is left of it in use.
   */
  withheld: z.literal('fail').optional(),
  /** A fail near the norm, to be confirmed by a second run; also one withheld for others' traffic alone. */
  provisional: z.boolean().optional(),
  /** True where the server or agent paced the test: the line may carry more than the reading. */
  atLeast: z.boolean().optional(),
  durationMs: z.number().nonnegative(),
  warmUpMs: z.number().nonnegative(),
  streams: z.int().positive(),
  /** Coefficient of variation of the 0.5 s batch means. */
  batchVariation: z.number().nonnegative().optional(),
  stoppedBy: z.enum(['pass', 'fail', 'time', 'bytes', 'precision']),
  /** On its way to the collector, which keeps it apart. */
  raw: rawDirectionSchema.optional(),
  /** Probes while this direction loaded the line. */
  loaded: loadedLatencySchema.optional(),
});
export type DirectionResult = z.infer<typeof directionResultSchema>;

/** Round trips of small probes, ms. */
export const latencySchema = z.object({
  count: z.int().nonnegative(),
  lost: z.int().nonnegative(),
  minMs: z.number().nonnegative(),
  p50Ms: z.number().nonnegative(),
  p95Ms: z.number().nonnegative(),
});
export type Latency = z.infer<typeof latencySchema>;

export const conditionsSchema = z.object({
  position: positionSchema,
  /** Of a throughput test. */
  mode: z.enum(['check', 'capacity']).optional(),
  agentVersion: z.string().max(40),
  nodeVersion: z.string().max(40),
  /**
   * Origin of the measure server, e.g. `http://meet.example:8081`, of the collector where the
   * measurement is of availability; never a school's address.
   */
  server: z.string().max(300),
  ipVersion: z.union([z.literal(4), z.literal(6)]).optional(),
  mtuBytes: z.int().positive().optional(),
  /** Round trips on the line before the load. */
  idleLatency: latencySchema.optional(),
  nic: z
    .object({
      name: z.string().max(40),
      speedMbps: z.number().positive().optional(),
      duplex: z.enum(['full', 'half']).optional(),
      wireless: z.boolean(),
    })
    .optional(),
  cpu: z
    .object({
      /** Share of time that the busiest core was not idle during the load (softirq, steal counted). */
      busiestCore: z.number().min(0).max(1),
      eventLoop: z.number().min(0).max(1),
      timerLatenessP99Ms: z.number().nonnegative(),
      /** Time that the control group held the process back during the load. */
      throttledMs: z.number().nonnegative().optional(),
    })
    .optional(),
  /** What the device carries by itself, as it found last; absent where it was never calibrated. */
  calibration: calibrationSchema.optional(),
  /** In path only: others' traffic in bytes per second, before and during the load. */
  crossTraffic: z
    .object({ beforeBytesPerS: z.number().nonnegative(), duringShare: z.number().nonnegative() })
    .optional(),
  /**
   * What is known of others' traffic. By the port's counters `quiet` or `busy`; without them `unknown`,
   * which is never "none", or `suspected`: the idle round trip was well above `idleBaselineMs`.
   */
  crossTrafficState: z.enum(['quiet', 'busy', 'suspected', 'unknown']).optional(),
  /** What this device's idle round trip to this server usually is on a quiet line, where it knows. */
  idleBaselineMs: z.number().nonnegative().optional(),
  /** Wall clock of the agent minus the collector's, when known at the time of the test. */
  clockOffsetMs: z.number().optional(),
});
export type Conditions = z.infer<typeof conditionsSchema>;

/** A test of what the line carries, a minute of probes on it, or a stretch of time up or down. */
export const measurementKindSchema = z.enum(['throughput', 'latency', 'availability']);
export type MeasurementKind = z.infer<typeof measurementKindSchema>;

export const measurementSchema = z
  .object({
    id: z.uuidv7(),
    deviceId: z.uuid(),
    kind: measurementKindSchema,
    /** Name and version of the test protocol, e.g. `meetpunt/1`. */
    protocol: z.string().max(40),
    /** The agent's wall clock, UTC with milliseconds; ingest corrects it by the clock offset. */
    startedAt: z.iso.datetime({ precision: 3 }),
    durationMs: z.number().nonnegative(),
    download: directionResultSchema.optional(),
    upload: directionResultSchema.optional(),
    /** Of a latency measurement. */
    latency: latencyReportSchema.optional(),
    /** Of an availability measurement: `durationMs` is what it speaks of. */
    availability: availabilityReportSchema.optional(),
    conditions: conditionsSchema,
    flags: z.array(flagSchema).max(QUALITY_FLAGS.length),
    /** The test that this run was made to confirm. */
    confirms: z.uuidv7().optional(),
    failure: failureSchema.optional(),
  })
  .refine(
    (m) =>
      m.kind !== 'throughput' ||
      m.failure !== undefined ||
      (m.download !== undefined && m.upload !== undefined),
    { message: 'a throughput measurement has both directions, or says why not in `failure`' },
  )
  .refine((m) => m.kind !== 'throughput' || m.conditions.mode !== undefined, {
    message: 'a throughput measurement says in `conditions.mode` how it was made',
  })
  .refine((m) => m.kind !== 'latency' || m.failure !== undefined || m.latency !== undefined, {
    message: 'a latency measurement has its probes in `latency`, or says why not in `failure`',
  })
  .refine((m) => m.kind !== 'latency' || (m.download === undefined && m.upload === undefined), {
    message: 'a latency measurement has no directions: it is no test of throughput',
  })
  .refine((m) => (m.kind === 'availability') === (m.availability !== undefined), {
    message: 'an availability measurement, and no other, says in `availability` how the line was',
  })
  .refine((m) => m.kind !== 'availability' || isOnlyAvailability(m), {
    message: 'an availability measurement has no directions, no probes and no failure',
  })
  .refine((m) => m.kind !== 'availability' || m.durationMs <= MAX_STRETCH_MS, {
    message: `an availability measurement speaks of at most ${MAX_STRETCH_MS} ms`,
  });
export type Measurement = z.infer<typeof measurementSchema>;

function isOnlyAvailability(m: {
  download?: unknown;
  upload?: unknown;
  latency?: unknown;
  failure?: unknown;
}): boolean {
  return [m.download, m.upload, m.latency, m.failure].every((part) => part === undefined);
}
