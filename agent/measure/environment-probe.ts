// What the machine itself tells about a test: its port, its processor, others' traffic. Asked
// around the load by the measurer; implemented in environment/.
import type { Conditions, DirectionResult, Flag } from '#shared/model/measurement.ts';
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { Bytes } from '#shared/model/units.ts';
import type { Known } from './measurer.ts';

export interface EnvironmentFindings {
  readonly conditions: Pick<
    Conditions,
    'nic' | 'cpu' | 'calibration' | 'crossTraffic' | 'crossTrafficState' | 'idleBaselineMs'
  >;
  readonly flags: Flag[];
}

export interface EnvironmentSession {
  /** In path: until the line has been quiet for 5 s, at most 30 s. Off path it cannot know. */
  waitForQuiet(signal: AbortSignal): Promise<'quiet' | 'busy' | 'unknown'>;
  loadStarted(direction: Direction): void;
  /** `ownBytes`: payload that this test has moved in the direction so far, as its receiver counts it. */
  loadSampled(direction: Direction, ownBytes: Bytes): void;
  loadEnded(direction: Direction): void;
  finish(
    measured: { readonly download?: DirectionResult; readonly upload?: DirectionResult },
    norm: Norm,
    idle: Pick<Conditions, 'idleLatency' | 'ipVersion'>,
  ): Promise<EnvironmentFindings>;
}

export interface EnvironmentProbe {
  /** `server`: origin of the measure server, to whose route the findings belong. */
  start(server: string, signal: AbortSignal, known?: Known): Promise<EnvironmentSession>;
}
