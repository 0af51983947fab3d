// A test that could not be made is evidence too: a measurement without figures, with its reason.
import type { Failure } from '#shared/model/failure.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { SPEED_PROTOCOL } from '#shared/wire/speed.ts';
import type { MeasureRequest } from './measurer.ts';

export interface AttemptContext {
  readonly id: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly agentVersion: string;
  readonly nodeVersion: string;
}

const MESSAGE_LIMIT = 500;

/** `server` is left as it is in the request: empty when none was assigned. */
export function failedMeasurement(
  request: Pick<
    MeasureRequest,
    'deviceId' | 'server' | 'plan' | 'mode' | 'confirms' | 'clockOffsetMs'
  >,
  context: AttemptContext,
  failure: Failure,
): Measurement {
  return {
    id: context.id,
    deviceId: request.deviceId,
    kind: 'throughput',
    protocol: SPEED_PROTOCOL,
    startedAt: context.startedAt,
    durationMs: context.durationMs,
    conditions: {
      position: request.plan.position,
      mode: request.mode,
      agentVersion: context.agentVersion,
      nodeVersion: context.nodeVersion,
      server: request.server,
      ...(request.clockOffsetMs === undefined ? {} : { clockOffsetMs: request.clockOffsetMs }),
    },
    flags: [],
    ...(request.confirms === undefined ? {} : { confirms: request.confirms }),
    failure: { ...failure, message: failure.message.slice(0, MESSAGE_LIMIT) },
  };
}
