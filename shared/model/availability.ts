// What an agent's standing watch says of its line: one state for one stretch of time, and what was
// seen then. Types only; how the state comes about is agent/availability's subject.
import { z } from 'zod';

/**
 * `up`: something beyond the line answers. `collector_down`: something does, but not the collector,
 * so the line is up too. `line_down`: the local network is whole, and of two or more independent
 * targets beyond the line none answers. `local_down`: the device's own port, its address or the
 * gateway at the location. `unreachable`: nothing answers, and what was seen is too little or too
 * strange to say whether that is the line.
 */
export const LINE_STATES = [
  'up',
  'collector_down',
  'line_down',
  'local_down',
  'unreachable',
] as const;
export const lineStateSchema = z.enum(LINE_STATES);
export type LineState = z.infer<typeof lineStateSchema>;

/** How a stretch came to its end. */
export const STRETCH_ENDS = [
  /** Another state follows. */
  'changed',
  /** The same state goes on in the next record. */
  'continues',
  /** The agent was stopped in order. */
  'stopped',
  /** Found at the next start: the agent ended without a word, the device ran on. */
  'killed',
  /** Found at the next start: the device was started anew, as after a power cut. */
  'restarted',
  /** The agent ran, but saw nothing for a while: the device slept, or was held. */
  'paused',
] as const;
export const stretchEndSchema = z.enum(STRETCH_ENDS);
export type StretchEnd = z.infer<typeof stretchEndSchema>;

/** One look at what lies between this device and the collector. No addresses of the location. */
export const lineLookSchema = z.object({
  port: z
    .object({
      name: z.string().max(40),
      /** Absent where the system does not say. */
      carrier: z.boolean().optional(),
      hasAddress: z.boolean(),
      wireless: z.boolean(),
    })
    .optional(),
  /** `none`: no way out is known; `unknown`: it could not be told. */
  gateway: z.enum(['answers', 'silent', 'none', 'unknown', 'not_asked']),
  /**
   * Whose the gateway is, by its address, that of the last route where there is none now. The other
   * end of a point-to-point line is the provider's. Absent where there never was a route.
   */
  gatewaySide: z.enum(['location', 'provider']).optional(),
  /** The way out is a proxy's: what is asked directly may be silent behind a line that is up. */
  isProxied: z.literal(true).optional(),
  /** A name that nobody has looked up before: only a server beyond the line can say that it is none. */
  dns: z.enum(['answers', 'silent', 'not_asked']),
  targets: z
    .array(
      z.object({
        kind: z.enum(['collector', 'measure_server']),
        /** `host:port` as the agent was told it. */
        name: z.string().max(300),
        answers: z.boolean(),
        /** System's code of a failure, e.g. `EHOSTUNREACH`; `ECONNREFUSED` is no silence either. */
        code: z.string().max(200).optional(),
      }),
    )
    .max(8),
});
export type LineLook = z.infer<typeof lineLookSchema>;

export const availabilityReportSchema = z.object({
  state: lineStateSchema,
  ended: stretchEndSchema,
  /** From the last sign of the state before to the first of this one; absent where none was before. */
  startUncertaintyMs: z.number().nonnegative().optional(),
  /** Signs that said so. */
  looks: z.int().positive(),
  /** The last look with probes; absent where answers of the collector said it all. */
  evidence: lineLookSchema.optional(),
});
export type AvailabilityReport = z.infer<typeof availabilityReportSchema>;

/** Longest stretch of one record. An agent begins a new one before. */
export const MAX_STRETCH_MS = 7 * 3_600_000;
