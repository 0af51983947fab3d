// How much a device carries by itself, by its own self-test over the loopback, and whether that is
// enough to prove that a line falls short.
import { z } from 'zod';
import type { Direction, Norm } from './norm.ts';

export const calibrationSchema = z.object({
  /** Payload, Mbit/s, with both ends on the device. */
  downloadMbps: z.number().nonnegative(),
  uploadMbps: z.number().nonnegative(),
  at: z.iso.datetime({ precision: 3 }),
  /** Of what was calibrated: another version may be faster or slower. */
  agentVersion: z.string().max(40),
  nodeVersion: z.string().max(40),
});
export type Calibration = Readonly<z.infer<typeof calibrationSchema>>;

/** Below this × the norm a low reading may be the device's own. */
const LEAST_OVER_NORM = 1.5;

export interface TooSlow {
  readonly direction: Direction;
  /** What the device carries, and what it would have to. Mbit/s. */
  readonly calibrated: number;
  readonly needed: number;
}

/** Mbit/s that a device must carry by itself before its fail counts. */
export function leastToCarry(norm: Pick<Norm, Direction>, direction: Direction): number {
  return LEAST_OVER_NORM * norm[direction];
}

/** The directions in which the device cannot prove a fail under this norm. */
export function tooSlowFor(calibration: Calibration, norm: Pick<Norm, Direction>): TooSlow[] {
  return (['download', 'upload'] as const)
    .map((direction) => ({
      direction,
      calibrated: calibration[`${direction}Mbps`],
      needed: leastToCarry(norm, direction),
    }))
    .filter(({ calibrated, needed }) => calibrated < needed);
}
