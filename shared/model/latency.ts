// What probes say of a line: round trips, their variation, loss in either direction.
import { z } from 'zod';

export const probeSummarySchema = z.object({
  /** `tcp` where UDP does not get through: then there is no loss, TCP makes it good. */
  transport: z.enum(['udp', 'tcp']),
  /** Probes that count: the last ones of a run may still have been under way. */
  sent: z.int().nonnegative(),
  received: z.int().nonnegative(),
  duplicates: z.int().nonnegative(),
  reordered: z.int().nonnegative(),
  /** Without the time that the reflector took. Absent when nothing came back. */
  roundTrip: z
    .object({
      minMs: z.number(),
      p50Ms: z.number(),
      p95Ms: z.number(),
      maxMs: z.number(),
    })
    .optional(),
  /** Packet delay variation (RFC 5481 §4.2), 95th percentile over the least, per way where it is known. */
  variation: z
    .object({
      roundTripMs: z.number().nonnegative(),
      forwardMs: z.number().nonnegative().optional(),
      reverseMs: z.number().nonnegative().optional(),
    })
    .optional(),
  /** Probes lost to the server (`forward`), from it (`reverse`), and those of which that is not known. */
  loss: z
    .object({
      forward: z.int().nonnegative(),
      reverse: z.int().nonnegative(),
      unattributed: z.int().nonnegative(),
      share: z.number().min(0).max(1),
      /** Wilson's 95% interval of the share. */
      interval: z.tuple([z.number(), z.number()]),
    })
    .optional(),
});
export type ProbeSummary = z.infer<typeof probeSummarySchema>;

/** While a direction of a test loads the line. */
export const loadedLatencySchema = z.object({
  probes: probeSummarySchema,
  /** Round trips per minute; see agent/measure/latency. */
  responsivenessRpm: z.int().positive().optional(),
});
export type LoadedLatency = z.infer<typeof loadedLatencySchema>;

const timedSchema = z.object({
  /** Name or address that was asked for. */
  name: z.string().max(300),
  /** Absent when it failed. */
  ms: z.number().nonnegative().optional(),
  failure: z.string().max(200).optional(),
});

/** A quiet minute of probes, and what lies before any connection. */
export const latencyReportSchema = z.object({
  probes: probeSummarySchema.optional(),
  /** System's resolver, of the measure server's and the collector's names; addresses have none. */
  lookups: z.array(timedSchema).max(8),
  /** A TCP connection to the collector. */
  reach: z.array(timedSchema).max(8),
});
export type LatencyReport = z.infer<typeof latencyReportSchema>;
