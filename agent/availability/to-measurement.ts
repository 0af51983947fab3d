// A stretch of the watch → the measurement that is sent. Pure.
import type { LineLook, LineState, StretchEnd } from '#shared/model/availability.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { EndedStretch } from './watch.ts';

/** Both clocks and the collector's at one moment: what makes a wall time of a monotonic one. */
export interface ClockReading {
  readonly wallMs: EpochMs;
  readonly monotonicMs: Ms;
  /** Agent minus collector at that moment. */
  readonly offsetMs?: Ms | undefined;
}

/** A stretch in wall time, as it is kept on disk. */
export interface TimedStretch {
  readonly id: string;
  readonly state: LineState;
  /** By the agent's clock as it was when it was written. */
  readonly startedAt: EpochMs;
  readonly durationMs: Ms;
  readonly startUncertaintyMs?: Ms | undefined;
  readonly looks: number;
  readonly evidence?: LineLook | undefined;
  readonly clockOffsetMs?: Ms | undefined;
}

export interface MeasurementContext {
  readonly deviceId: string;
  readonly collector: string;
  readonly position: Measurement['conditions']['position'];
  readonly agentVersion: string;
  readonly nodeVersion: string;
}

export const AVAILABILITY_PROTOCOL = 'availability/1';

export function timed(
  stretch: Omit<EndedStretch, 'ended'>,
  { wallMs, monotonicMs, offsetMs }: ClockReading,
): TimedStretch {
  const { id, state, sinceMs, untilMs, startUncertaintyMs, looks, evidence } = stretch;
  return {
    ...{ id, state, looks, evidence },
    startedAt: Math.round(wallMs - (monotonicMs - sinceMs)),
    durationMs: Math.round(untilMs - sinceMs),
    startUncertaintyMs:
      startUncertaintyMs === undefined ? undefined : Math.round(startUncertaintyMs),
    clockOffsetMs: offsetMs,
  };
}

export function measurementOf(
  stretch: TimedStretch,
  ended: StretchEnd,
  context: MeasurementContext,
): Measurement {
  const { id, state, startedAt, durationMs, startUncertaintyMs, looks, evidence } = stretch;
  const { deviceId, collector, position, agentVersion, nodeVersion } = context;
  return {
    ...{ id, deviceId, kind: 'availability', protocol: AVAILABILITY_PROTOCOL },
    startedAt: new Date(startedAt).toISOString(),
    durationMs,
    availability: {
      ...{ state, ended, looks },
      ...(startUncertaintyMs === undefined ? {} : { startUncertaintyMs }),
      ...(evidence === undefined ? {} : { evidence }),
    },
    conditions: {
      ...{ position, agentVersion, nodeVersion, server: collector },
      ...(stretch.clockOffsetMs === undefined ? {} : { clockOffsetMs: stretch.clockOffsetMs }),
    },
    flags: [],
  };
}
