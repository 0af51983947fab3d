// How long a control group has held its processes back (cgroup v2 `cpu.stat`, v1 `cpu.stat`), from
// the texts of /proc and /sys. Pure: how files are read is handed in.

const MICROSECONDS_PER_MS = 1_000;
const NANOSECONDS_PER_MS = 1_000_000;

/** Ms since the group was made; undefined where nobody counts it. */
export function throttledMs(read: (path: string) => string | undefined): number | undefined {
  const groups = read('/proc/self/cgroup') ?? '';
  const unified = /^0::(\S+)$/m.exec(groups)?.[1];
  if (unified !== undefined) {
    const text = read(`/sys/fs/cgroup${unified === '/' ? '' : unified}/cpu.stat`) ?? '';
    const time = /^throttled_usec (\d+)$/m.exec(text)?.[1];
    if (time !== undefined) return Number(time) / MICROSECONDS_PER_MS;
  }
  const own = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(\S+)$/m.exec(groups)?.[1];
  if (own === undefined) return undefined;
  const text = read(`/sys/fs/cgroup/cpu${own === '/' ? '' : own}/cpu.stat`) ?? '';
  const time = /^throttled_time (\d+)$/m.exec(text)?.[1];
  return time === undefined ? undefined : Number(time) / NANOSECONDS_PER_MS;
}
