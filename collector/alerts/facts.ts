// What incidents are made of: the state of all locations and measure servers as it is now. Types
// only; made by gather-facts.ts, judged by conditions.ts.
import type { Direction } from '#shared/model/norm.ts';
import type { ServerFault } from '#shared/model/server-fault.ts';
import type { EpochMs, Mbps } from '#shared/model/units.ts';
import type { Outcome } from '#shared/model/verdict.ts';
import type { BelowTests } from './confirm-below.ts';

/** An open location. */
export interface Place {
  readonly id: string;
  readonly municipality?: string;
  readonly province?: string;
  /** Of its running main lines. */
  readonly providers: readonly string[];
  /** It has a device, so it counts where shares are taken. */
  readonly isMeasured: boolean;
}

/** An outcome that stands: for 24 hours, or because an operator said so. */
export interface StandingFact {
  readonly locationId: string;
  readonly outcome: Outcome;
  readonly since: EpochMs;
  readonly by: 'verdict' | 'overrule';
  /** Of a verdict `below`: the tests that it is confirmed by. */
  readonly tests?: BelowTests;
}

/** A verdict `below` that does not stand yet: in its first day it can be confirmed already. */
export interface TurningFact {
  readonly locationId: string;
  readonly since: EpochMs;
  readonly tests: BelowTests;
}

export interface LevelFact {
  readonly locationId: string;
  readonly lineId: string;
  readonly lineName: string;
  readonly provider?: string;
  readonly direction: Direction;
  readonly at: EpochMs;
  readonly before: Mbps;
  readonly after: Mbps;
}

/** A running line with devices. */
export interface ContactFact {
  readonly locationId: string;
  readonly lineId: string;
  readonly lineName: string;
  readonly provider?: string;
  /** Last sign of life of any of its devices. */
  readonly heardAt: EpochMs;
  /** The same of the location's devices on other lines; absent where there are none. */
  readonly otherHeardAt?: EpochMs;
}

export type ServerFaultFact = Omit<ServerFault, 'usualRate'>;

export interface ServerFact {
  readonly url: string;
  readonly awaySince?: EpochMs;
  readonly lastError?: string;
}

/** In any order. */
export interface AlertFacts {
  readonly places: readonly Place[];
  readonly standing: readonly StandingFact[];
  readonly turning: readonly TurningFact[];
  readonly levels: readonly LevelFact[];
  readonly contacts: readonly ContactFact[];
  readonly faults: readonly ServerFaultFact[];
  /** The measure servers that there are. */
  readonly servers: readonly ServerFact[];
  /** Since when this collector hears devices: before an hour of it, silence says nothing. */
  readonly listeningSince: EpochMs;
}
