// What a verdict is made of: each test of a location reduced to what the rules ask. Types only;
// made by to-evidence.ts, judged by assess.ts.
import type { TooSlow } from '#shared/model/calibration.ts';
import type { FailureCode } from '#shared/model/failure.ts';
import type { Position } from '#shared/model/location.ts';
import type { Flag, TestOutcome } from '#shared/model/measurement.ts';
import type { ServerFault } from '#shared/model/server-fault.ts';
import type { EpochMs, Mbps } from '#shared/model/units.ts';
import type { WatchEvidence } from '../availability/watch-evidence.ts';
import type { Oddity } from './plausible.ts';

/**
 * `known`: the device is in path and saw no other traffic. `presumed`: off path, in the quiet
 * hours, with an idle round trip at the device's own baseline. `no`: neither; then a low reading
 * says nothing about the line.
 */
export type Quiet = 'known' | 'presumed' | 'no';

export interface DirectionEvidence {
  /** Against the norm that the evidence was made for. */
  readonly outcome: TestOutcome;
  readonly ipCapacity: Mbps;
  readonly interval: readonly [Mbps, Mbps];
  /** A fail so near the norm that a second run has to agree. */
  readonly provisional: boolean;
  /** A fail that a flag took from the outcome; others' traffic takes none in use. */
  readonly withheld?: { readonly provisional: boolean } | undefined;
}

/**
 * What is absent may be named and undefined: objects of one shape are read several times faster, and a
 * country has a million of these.
 */
export interface TestEvidence {
  readonly id: string;
  readonly deviceId: string;
  readonly startedAt: EpochMs;
  /** Local calendar day, as days since 1970-01-01. */
  readonly day: number;
  readonly inSchoolHours: boolean;
  readonly inQuietHours: boolean;
  readonly position: Position;
  readonly quiet: Quiet;
  /** Absent where the direction gave no result. */
  readonly download?: DirectionEvidence | undefined;
  readonly upload?: DirectionEvidence | undefined;
  readonly flags: readonly Flag[];
  readonly failure?: FailureCode | undefined;
  /** Its figures cannot be: it counts for nothing. */
  readonly oddity?: Oddity | undefined;
  /** Where the device's own calibration says that it is too slow for the norm; absent else. */
  readonly tooSlow?: readonly TooSlow[] | undefined;
  /** The test that the agent says it repeated; a hint, never proof. */
  readonly confirms?: string | undefined;
}

export interface DeviceEvidence {
  readonly id: string;
  /** Last contact with the collector, or enrolment where there was none since. */
  readonly lastSignAt: EpochMs;
}

/** Of a measure server's fault, what a verdict needs to be given again. */
export type FaultyTime = Pick<ServerFault, 'server' | 'from' | 'to'>;

export interface Evidence {
  /** In any order; tests outside the norm's window are ignored. */
  readonly tests: readonly TestEvidence[];
  readonly devices: readonly DeviceEvidence[];
  /** The newest test there ever was, failed ones too; absent when there is none. */
  readonly lastTestAt?: EpochMs;
  /** In which some of the tests lie, and are flagged for it; absent when none does. */
  readonly serverFaults?: readonly FaultyTime[];
  /** When the last of the window's tests came in. */
  readonly receivedUpTo?: EpochMs;
  /** Tests a day on a quiet line that the plan asks for. */
  readonly plannedPerDay: number;
  /** What the agents' own watch tells; asked only where no test has a result. */
  readonly watch?: WatchEvidence;
}

/** A location that nothing is known of. */
export const NO_EVIDENCE: Evidence = { tests: [], devices: [], plannedPerDay: 0 };
