// A stretch of time in which a measure server, and not the lines measured against it, fell short.
import type { Direction } from './norm.ts';
import type { EpochMs, Share } from './units.ts';

export interface ServerFault {
  /** Origin of the measure server. */
  readonly server: string;
  /** In which the readings fell; its tests count for neither direction. */
  readonly direction: Direction;
  /** By the starts of tests, both ends included. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Distinct lines with a test in it that could be compared with their own typical reading. */
  readonly lines: number;
  /** Those of them that fell. */
  readonly fallen: number;
  /** Share of such tests that falls anyway, on these lines. */
  readonly usualRate: Share;
}
