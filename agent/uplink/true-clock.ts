// The collector's time on this device, once it is known: for what must come at the right hour though
// nothing sets this device's clock. Its own time until then.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';

/** `clockOffsetMs`: agent minus collector now; undefined until it is known. */
export function trueClock(clock: Clock, clockOffsetMs: () => Ms | undefined): Clock {
  return {
    now: () => clock.now() - (clockOffsetMs() ?? 0),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    every: (ms, tick) => clock.every(ms, tick),
  };
}
