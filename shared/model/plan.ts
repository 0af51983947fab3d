// What the collector asks of an agent (RFC 7594: the controller's instruction).
import { z } from 'zod';
import { positionSchema } from './location.ts';
import { NORM_500_40, normSchema } from './norm.ts';

export const planSchema = z.object({
  norm: normSchema,
  position: positionSchema,
  throughput: z.object({
    /** Tests a day in the quiet hours, every day. */
    quietPerDay: z.int().min(0).max(8),
    /** Tests a day in school hours, Monday to Friday. */
    schoolPerDay: z.int().min(0).max(8),
    mode: z.enum(['check', 'capacity']),
  }),
  /** A minute of probes each hour to this measure server; absent: none. */
  latency: z
    .object({
      server: z.string().max(300),
      perSecond: z.int().min(1).max(50),
      seconds: z.int().min(5).max(300),
    })
    .optional(),
  /** Measure servers that the watch may knock at to tell a line that is down; absent: `latency`'s alone. */
  availability: z.object({ servers: z.array(z.string().max(300)).max(8) }).optional(),
  /** Payload bytes, both directions together. */
  budget: z.object({
    testBytes: z.int().positive(),
    dayBytes: z.int().positive(),
    monthBytes: z.int().positive(),
  }),
});
export type Plan = z.infer<typeof planSchema>;

/**
 * Two quiet tests a night and two in school hours: the 20 that a verdict needs are there after ten
 * nights, and two chance fails in 28 days do not leave a good line undecided. About 16 GB a month.
 */
export const DEFAULT_PLAN: Plan = {
  norm: NORM_500_40,
  position: 'off_path',
  throughput: { quietPerDay: 2, schoolPerDay: 2, mode: 'check' },
  budget: { testBytes: 1_000_000_000, dayBytes: 4_000_000_000, monthBytes: 60_000_000_000 },
};

/** A capacity test is not paced: both directions of a gigabit line for the whole time that they may take. */
export const CAPACITY_TEST_BYTES = 2_500_000_000;

/**
 * Ten a second for a minute of each hour: 600 probes tell a loss of 1% from none, and a day of them is
 * 44 bytes and 28 of headers each way, 2.1 MB.
 */
export const DEFAULT_PROBES = { perSecond: 10, seconds: 60 } as const;
