// The system's clock, faster: real sockets see their ten seconds pass in a fraction of one.
import { type Clock, systemClock } from '#shared/runtime/clock.ts';

export function fastClock(times: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
    every: (ms, tick) => systemClock.every(ms / times, tick),
  };
}
