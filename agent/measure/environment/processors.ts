// How busy the processors were, from /proc/stat and the control group's cpu.stat.
import { throttledMs } from '#shared/runtime/throttled-time.ts';
import type { HostFiles } from './host-files.ts';

export interface CoreTimes {
  /** Ticks not idle; interrupts and time stolen by a hypervisor count as busy. */
  readonly busy: number;
  readonly total: number;
}

const IDLE_COLUMN = 3;
const IOWAIT_COLUMN = 4;
/** guest and guest_nice are part of user and nice already. */
const COLUMNS = 8;

/** One entry per core, in the kernel's order. */
export function readCores(files: HostFiles): CoreTimes[] {
  const lines = (files.read('/proc/stat') ?? '').split('\n');
  return lines
    .filter((line) => /^cpu\d/.test(line))
    .map((line) => {
      const ticks = line
        .split(/\s+/)
        .slice(1, 1 + COLUMNS)
        .map(Number);
      const total = ticks.reduce((sum, tick) => sum + tick, 0);
      return { busy: total - (ticks[IDLE_COLUMN] ?? 0) - (ticks[IOWAIT_COLUMN] ?? 0), total };
    });
}

/** The busiest core's share between two readings; undefined where too little time passed. */
export function busiestShare(
  before: readonly CoreTimes[],
  after: readonly CoreTimes[],
): number | undefined {
  const shares = after.flatMap((core, index) => {
    const first = before[index];
    if (first === undefined || core.total - first.total <= 0) return [];
    return [Math.min(1, Math.max(0, (core.busy - first.busy) / (core.total - first.total)))];
  });
  return shares.length === 0 ? undefined : Math.max(...shares);
}

/** Time for which the control group held its processes back, ms, since it was made. */
export function readThrottledMs(files: HostFiles): number | undefined {
  return throttledMs((path) => files.read(path));
}
