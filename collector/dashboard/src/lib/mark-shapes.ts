// The shapes of a chart's points, as SVG paths around the origin: the same on the canvas, in the
// legend and in the table. Each outcome has its own silhouette.
import type { PointKind } from './chart-data.ts';

export interface MarkShape {
  readonly path: string;
  readonly isFilled: boolean;
}

export const MARKS: Readonly<Record<PointKind, MarkShape>> = {
  pass: { path: 'M0-4A4 4 0 1 1 0 4A4 4 0 1 1 0-4Z', isFilled: true },
  fail: { path: 'M-5-4H5L0 5Z', isFilled: true },
  inconclusive: { path: 'M0-5L5 0L0 5L-5 0Z', isFilled: false },
  failed: { path: 'M-4-4L4 4M4-4L-4 4', isFilled: false },
};

/** Around a mark whose measurement carries a flag. */
export const FLAG_FRAME = 'M-7.5-7.5H7.5V7.5H-7.5Z';
