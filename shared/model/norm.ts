// The norm that lines are judged by: a versioned setting. A verdict names the version.
import { z } from 'zod';

const hours = z.object({ fromHour: z.int().min(0).max(24), toHour: z.int().min(0).max(24) });

export const normSchema = z.object({
  version: z.string().min(1).max(40),
  /** Mbit/s at `layer`. */
  download: z.number().positive(),
  upload: z.number().positive(),
  /** The layer at which a reading is compared (RFC 9097). */
  layer: z.literal('ip'),
  /**
   * Share of the norm by which a reading may stay under it: a line of exactly 500 Mbit/s at the
   * Ethernet layer carries 495 at the IP layer, and the estimator itself errs by up to 2%.
   */
  tolerance: z.number().min(0).max(0.2),
  /** A FAIL at or above this share of the norm is provisional until a second run agrees. */
  provisionalShare: z.number().min(0).max(1),
  confirmMinGapMs: z.int().positive(),
  confirmMaxGapMs: z.int().positive(),
  windowDays: z.int().positive(),
  minTests: z.int().positive(),
  minDays: z.int().positive(),
  /** `meets`: the lower bound of the passing share is at least this. */
  meetsShare: z.number(),
  /** `below`: the upper bound of the passing share is under this. */
  belowShare: z.number(),
  /** `intermittent`: the upper bound of the passing share is under this. */
  intermittentShare: z.number(),
  confidence: z.number().gt(0).lt(1),
  /**
   * Whether passes at any hour may prove `meets` where the quiet tests leave it open, each fail at any
   * hour held against them. The domain's table takes quiet tests alone.
   */
  passesAtAnyHour: z.boolean().default(false),
  /**
   * Whether the newest tests, where all say otherwise than the window, go before it: a line that fell
   * is `intermittent`, one that recovered `meets`. The domain's table takes the whole window.
   */
  newestRunsFirst: z.boolean().default(false),
  /** Clean passes on distinct days with which a line is never `below`. */
  cleanPassTests: z.int().positive(),
  cleanPassDays: z.int().positive(),
  timeZone: z.string(),
  quietHours: hours,
  schoolHours: hours,
  /** Off path: the idle round trip may exceed its own baseline by this much on a quiet line. */
  quietRttMarginMs: z.number().positive(),
});
export type Norm = z.infer<typeof normSchema>;

/** The minister's 500/40 (letter of 2019) with the rules of the domain's documentation. */
export const NORM_500_40: Norm = {
  version: '500/40-2026.2',
  download: 500,
  upload: 40,
  layer: 'ip',
  tolerance: 0.02,
  provisionalShare: 0.8,
  confirmMinGapMs: 2 * 60_000,
  confirmMaxGapMs: 60 * 60_000,
  windowDays: 28,
  minTests: 20,
  minDays: 5,
  meetsShare: 0.8,
  belowShare: 0.5,
  intermittentShare: 0.9,
  confidence: 0.95,
  passesAtAnyHour: false,
  newestRunsFirst: false,
  cleanPassTests: 3,
  cleanPassDays: 2,
  timeZone: 'Europe/Amsterdam',
  quietHours: { fromHour: 1, toHour: 5 },
  schoolHours: { fromHour: 8, toHour: 17 },
  quietRttMarginMs: 2,
};

export const directionSchema = z.enum(['download', 'upload']);
export type Direction = z.infer<typeof directionSchema>;

export { requiredMbps } from './required.ts';
