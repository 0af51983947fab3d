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
