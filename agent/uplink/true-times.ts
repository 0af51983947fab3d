// Records that were made before the collector's time was known learn the error of their clock when
// they are sent: what they say of the wall clock is set against the monotonic one, so that a step in
// between (a board without a battery that hears of NTP) does not move them. In memory: records of
// before a restart are corrected by the session's offset, as well as can be.
import type { Measurement } from '#shared/model/measurement.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Spool } from '../spool/spool.ts';

export interface TrueTimesOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  /** Agent minus collector now; undefined until it is known. */
  readonly clockOffsetMs: () => Ms | undefined;
}

/** Probes of two months; beyond it the oldest are corrected by the session's offset. */
const MAX_KEPT = 2_000;
/** Less is the time that went by between a measurement's end and its way into the spool. */
const STEP_MS: Ms = 10_000;

/** As `spool`, which stays its owner's; records come out of it with the offset of their own clock. */
export function withTrueTimes(spool: Spool, { clock, clockOffsetMs }: TrueTimesOptions): Spool {
  /** Wall clock minus monotonic clock when each began, by id. */
  const wallMinusMonotonic = new Map<string, Ms>();
  const here = () => clock.now() - clock.monotonicMs();

  const note = ({ id, startedAt, durationMs, conditions }: Measurement) => {
    if (conditions.clockOffsetMs !== undefined) return;
    const began = Date.parse(startedAt) - (clock.monotonicMs() - durationMs);
    const isStepped = Math.abs(began - here()) > STEP_MS;
    wallMinusMonotonic.set(id, isStepped ? began : here());
    const [oldest] = wallMinusMonotonic.keys();
    if (wallMinusMonotonic.size > MAX_KEPT && oldest !== undefined) {
      wallMinusMonotonic.delete(oldest);
    }
  };
  const corrected = (measurement: Measurement): Measurement => {
    const then = wallMinusMonotonic.get(measurement.id);
    const now = clockOffsetMs();
    if (then === undefined || now === undefined) return measurement;
    const { conditions } = measurement;
    return { ...measurement, conditions: { ...conditions, clockOffsetMs: then - here() + now } };
  };
  return {
    append: (measurement) => {
      note(measurement);
      return spool.append(measurement);
    },
    read: async (max) => {
      const records = await spool.read(max);
      return records.map(({ position, measurement }) => ({
        position,
        measurement: corrected(measurement),
      }));
    },
    ack: async (position) => {
      await spool.ack(position);
      if (spool.stats().records === 0) wallMinusMonotonic.clear();
    },
    flush: () => spool.flush(),
    stats: () => spool.stats(),
    onAppend: (listener) => spool.onAppend(listener),
    [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose](),
  };
}
