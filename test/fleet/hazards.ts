// What can mislead a judge: set-ups, surroundings, faults and devices that report nonsense. Each
// location has at most one, so that its effect can be told.
import type { Random } from '#shared/runtime/random.ts';

export const HAZARDS = [
  /** The provider's segment is full in school hours. */
  'shared_segment',
  /** Others fill the upload for hours each night. */
  'night_backup',
  /** A processor that carries less than the norm, mostly flagged. */
  'weak_cpu',
  /** A port of 100 Mbit/s. */
  'slow_port',
  'wifi',
  /** Lines that are away for hours, now and then for days. */
  'outages',
  /** The clock is hours off; the collector knows by how much. */
  'clock_off',
  /** The collector found the agent's times impossible. */
  'clock_unknown',
  /** Download stored as upload and the other way round. */
  'swapped',
  /** Nonsense that hangs together, another each time. */
  'liar_wild',
  /** The same figures at every test. */
  'liar_stuck',
  /** Figures that do not belong together. */
  'liar_torn',
  /** A good week or two less of the line, and then mended, or not yet. */
  'fault',
  /** Stands off path and sees its idle round trip jump about. */
  'jumpy_rtt',
  /** Heard of for a few days alone. */
  'short_lived',
] as const;
export type Hazard = (typeof HAZARDS)[number];

const CHANCES: Readonly<Record<Hazard, number>> = {
  shared_segment: 0.08,
  night_backup: 0.04,
  weak_cpu: 0.05,
  slow_port: 0.03,
  wifi: 0.05,
  outages: 0.06,
  clock_off: 0.02,
  clock_unknown: 0.01,
  swapped: 0.01,
  liar_wild: 0.008,
  liar_stuck: 0.008,
  liar_torn: 0.008,
  fault: 0.04,
  jumpy_rtt: 0.03,
  short_lived: 0.02,
};

export function drawHazard(random: Random): Hazard | undefined {
  let rest = random.next();
  return HAZARDS.find((hazard) => {
    rest -= CHANCES[hazard];
    return rest < 0;
  });
}
