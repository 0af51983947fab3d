// When a line was loaded, read from the shaper's counters alone: pure.
import { type LineCounts, shapedMbps } from '../line/counts.ts';
import type { Way } from './cell.ts';

const STEP_MS = 200;
/** The load is where the shaper let through at least this share of its best moment. */
const LOADED_SHARE = 0.3;
/** Slow start is the tool's affair, not the line's, and so is what still comes when it has stopped. */
const PLATEAU = { from: 0.35, to: 0.75 } as const;
/** A tool's preparations may be apart from its load by no more than this. */
const GAP_MS = 1_500;
/** Less than this is no load: probes while nothing else passes. */
const SILENT_MBPS = 0.5;

/** Mbit/s at the IP layer in the plateau of the longest load; 0 where nothing passed. */
export function plateauMbps(counts: readonly LineCounts[], way: Way): number {
  const [from, to] = longestLoad(counts, way);
  const span = to - from;
  if (span <= 0) return 0;
  return shapedMbps(counts, way, from + PLATEAU.from * span, from + PLATEAU.to * span);
}

/** Mbit/s at the IP layer over all of the longest load; 0 where nothing passed. */
export function wholeMbps(counts: readonly LineCounts[], way: Way): number {
  const [from, to] = longestLoad(counts, way);
  return to > from ? shapedMbps(counts, way, from, to) : 0;
}

/**
 * Mbit/s at the IP layer in the part of the longest load that a tool says its figure is of, in ms from
 * that load's first byte.
 */
export function windowMbps(
  counts: readonly LineCounts[],
  way: Way,
  [fromMs, toMs]: readonly [number, number],
): number {
  const [from, to] = longestLoad(counts, way);
  if (to <= from) return 0;
  const start = firstByteAt(counts, way, from);
  return shapedMbps(counts, way, start + fromMs, start + toMs);
}

/** The beginning of the rise that led to the load at `from`; pings and probes are less than it. */
function firstByteAt(counts: readonly LineCounts[], way: Way, from: number): number {
  const near = counts.filter(({ atMs }) => atMs >= from - GAP_MS && atMs <= from + STEP_MS);
  let start = from;
  for (const [index, at] of near.entries()) {
    const next = near[index + 1];
    if (next === undefined) break;
    const mbps = ((next[way].inBytes - at[way].inBytes) * 8) / 1000 / (next.atMs - at.atMs);
    if (mbps < SILENT_MBPS) start = next.atMs;
    if (next.atMs > from && mbps >= SILENT_MBPS) break;
  }
  return start;
}

function longestLoad(counts: readonly LineCounts[], way: Way): readonly [number, number] {
  const start = counts[0]?.atMs ?? 0;
  const end = counts.at(-1)?.atMs ?? 0;
  const steps: { readonly at: number; readonly mbps: number }[] = [];
  for (let at = start; at + STEP_MS <= end; at += STEP_MS) {
    steps.push({ at, mbps: shapedMbps(counts, way, at, at + STEP_MS) });
  }
  const best = Math.max(0, ...steps.map(({ mbps }) => mbps));
  let [from, to, longest]: [number, number, readonly [number, number]] = [0, 0, [0, 0]];
  for (const { at, mbps } of steps) {
    if (best === 0 || mbps < LOADED_SHARE * best) continue;
    if (at - to > GAP_MS) from = at;
    to = at + STEP_MS;
    if (to - from > longest[1] - longest[0]) longest = [from, to];
  }
  return longest;
}
