// From measurements to what a chart draws: one point per measurement and direction, oldest first.
// Pure.
import type { Measurement, TestOutcome } from '#shared/model/measurement.ts';
import type { MeasurementView } from '#shared/wire/api.ts';

/** `failed`: no value; drawn at the foot, because silence is evidence too. */
export type PointKind = TestOutcome | 'failed';

export interface ChartPoint {
  readonly measurement: Measurement;
  /** Epoch seconds, the chart's unit. */
  readonly at: number;
  readonly kind: PointKind;
  readonly isFlagged: boolean;
  /** Mbit/s at the IP layer; null without a value. */
  readonly value: number | null;
  readonly interval: readonly [number, number] | null;
}

export function chartPoints(
  measurements: readonly MeasurementView[],
  direction: 'download' | 'upload',
): ChartPoint[] {
  return measurements
    .map(({ measurement }) => chartPoint(measurement, direction))
    .sort((a, b) => a.at - b.at);
}

function chartPoint(measurement: Measurement, direction: 'download' | 'upload'): ChartPoint {
  const result = measurement[direction];
  return {
    measurement,
    at: Date.parse(measurement.startedAt) / 1000,
    kind: result?.outcome ?? 'failed',
    isFlagged: measurement.flags.length > 0,
    value: result?.ipCapacity ?? null,
    interval: result?.interval ?? null,
  };
}

/** From 0 to a little above all that is drawn, the required value included. */
export function chartCeiling(points: readonly ChartPoint[], required: number): number {
  const highest = points.reduce(
    (so, { value, interval }) => Math.max(so, value ?? 0, interval?.[1] ?? 0),
    required,
  );
  return highest * 1.1;
}
