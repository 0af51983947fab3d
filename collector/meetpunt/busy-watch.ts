// Whether this process itself holds tests back: its event loop is busy nearly all the time, or its
// control group keeps it from the processor. What a test reads then is the server, not the line.
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Ms, Share } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { throttledMs } from '#shared/runtime/throttled-time.ts';

export interface BusyWatch {
  /** Of the last whole look. */
  readonly utilization: Share;
  /** Since the start; undefined where no control group counts it. */
  readonly throttledMs: Ms | undefined;
  stop(): void;
}

export interface BusyWatchOptions {
  readonly clock: Pick<Clock, 'every' | 'monotonicMs'>;
  /** Called at each look that finds it busy. */
  readonly onBusy: (why: Busy) => void;
  /** Text of a file under /proc or /sys; undefined where there is none. */
  readonly read?: (path: string) => string | undefined;
}

export type Busy = 'event_loop' | 'throttled';

/** As the agent's own limit (MEASUREMENT.md, `cpu_limited`). */
const BUSY_SHARE: Share = 0.9;
/** Longer than a hiccup that a test's half-second batches would even out, shorter than its direction. */
const LOOK_MS: Ms = 1_000;
/** A quota that bites at all bites for far longer than this in a second. */
const THROTTLED_SHARE: Share = 0.05;

export function watchBusy({ clock, onBusy, read = readText }: BusyWatchOptions): BusyWatch {
  const start = throttledMs(read);
  let loop = performance.eventLoopUtilization();
  let throttled = start;
  let at = clock.monotonicMs();
  let utilization = 0;
  const stop = clock.every(LOOK_MS, () => {
    const now = clock.monotonicMs();
    const loopNow = performance.eventLoopUtilization();
    const throttledNow = throttledMs(read);
    utilization = performance.eventLoopUtilization(loopNow, loop).utilization;
    if (utilization >= BUSY_SHARE) onBusy('event_loop');
    const heldBack = (throttledNow ?? 0) - (throttled ?? 0);
    if (heldBack > THROTTLED_SHARE * (now - at)) onBusy('throttled');
    loop = loopNow;
    throttled = throttledNow;
    at = now;
  });
  return {
    get utilization() {
      return utilization;
    },
    get throttledMs() {
      return throttled === undefined ? undefined : throttled - (start ?? 0);
    },
    stop,
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
