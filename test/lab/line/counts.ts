// The delay line's counters over time, and rates read from them.

export interface WayCounts {
  /** What came out of the sender's shaper. */
  readonly inBytes: number;
  /** What was handed to the receiver. */
  readonly outBytes: number;
  readonly lostBytes: number;
}

export interface LineCounts {
  /** The machine's monotonic clock. */
  readonly atMs: number;
  readonly down: WayCounts;
  readonly up: WayCounts;
}

/** Throws on anything but the delay line's own text. */
export function parseCounts(line: string): LineCounts {
  const fields = line.trim().split(' ').map(Number);
  const [atMs, a, b, c, d, e, f] = fields;
  if (fields.length !== 7 || fields.some((field) => !Number.isFinite(field))) {
    throw new Error(`the delay line's counters must be seven numbers, not ${JSON.stringify(line)}`);
  }
  const way = (inBytes = 0, outBytes = 0, lostBytes = 0) => ({ inBytes, outBytes, lostBytes });
  return { atMs: atMs ?? 0, down: way(a, b, c), up: way(d, e, f) };
}

/** Mbit/s at the IP layer that the sender's shaper let through between two times. */
export function shapedMbps(
  counts: readonly LineCounts[],
  way: 'down' | 'up',
  fromMs: number,
  toMs: number,
): number {
  const bytesAt = (ms: number) => {
    const i = counts.findIndex((count) => count.atMs >= ms);
    const after = counts[i === -1 ? counts.length - 1 : i];
    const before = counts[Math.max(0, (i === -1 ? counts.length : i) - 1)];
    if (after === undefined || before === undefined) return 0;
    const span = after.atMs - before.atMs;
    const share = span > 0 ? Math.min(1, Math.max(0, (ms - before.atMs) / span)) : 1;
    return before[way].inBytes + share * (after[way].inBytes - before[way].inBytes);
  };
  return ((bytesAt(toMs) - bytesAt(fromMs)) * 8) / (toMs - fromMs) / 1000;
}
