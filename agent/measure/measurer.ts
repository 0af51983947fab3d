// One test from start to result. Implementations: in-process (throughput/) and child.ts, which
// runs the in-process one in a short-lived process under a hard limit.

import type { Calibration } from '#shared/model/calibration.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Plan } from '#shared/model/plan.ts';
import type { Mbps, Ms } from '#shared/model/units.ts';
import type { UsualRoundTrip } from './environment/idle-history.ts';

/** What the agent knows from before about its device and its way to the server. */
export interface Known {
  readonly calibration?: Calibration;
  readonly usualRoundTrip?: UsualRoundTrip;
}

export interface MeasureRequest {
  readonly deviceId: string;
  /** Origin of the measure server. */
  readonly server: string;
  /** The slot's token; absent against an open measure server. */
  readonly token?: string;
  readonly plan: Plan;
  readonly mode: 'check' | 'capacity';
  /** Agent minus collector, where known. */
  readonly clockOffsetMs?: number;
  readonly confirms?: string;
  readonly known?: Known;
}

export type Progress =
  | { readonly phase: 'latency' }
  | {
      readonly phase: Direction;
      readonly elapsedMs: Ms;
      readonly goodput: Mbps;
      readonly streams: number;
    }
  | { readonly phase: 'done' };

export interface Measurer {
  /**
   * Resolves with a measurement, of which `failure` says what the network did wrong; rejects only
   * when the test could not be run at all (a bug, or no permission from the system).
   */
  measure(
    request: MeasureRequest,
    signal: AbortSignal,
    onProgress?: (progress: Progress) => void,
  ): Promise<Measurement>;
}
