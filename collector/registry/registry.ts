// What the collector knows of boards, locations, devices and people. Implementations: sqlite.ts.
import type { Board, Location, Position } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Person } from '#shared/wire/api.ts';
import type { SpoolStats } from '#shared/wire/uplink.ts';
import type { ServerFaults } from './server-faults.ts';

export interface Device {
  readonly id: string;
  readonly locationId: string;
  readonly name: string;
  readonly position: Position;
  /** Ed25519, SPKI DER in base64url. */
  readonly publicKey: string;
  readonly enrolledAt: EpochMs;
  readonly lastContactAt: EpochMs | null;
  readonly agentVersion: string | null;
  readonly clockOffsetMs: number | null;
  readonly spool: SpoolStats | null;
}

export interface DeviceContact {
  readonly at: EpochMs;
  readonly agentVersion?: string;
  readonly clockOffsetMs?: number;
  readonly spool?: SpoolStats;
}

export type NewDevice = Pick<Device, 'id' | 'name' | 'position' | 'publicKey' | 'agentVersion'>;

export interface ImportCounts {
  readonly boards: { readonly added: number; readonly changed: number; readonly unchanged: number };
  readonly locations: {
    readonly added: number;
    readonly changed: number;
    readonly unchanged: number;
  };
}

/** `undefined`: all boards. The one form in which `api/access.ts` narrows a query. */
export type BoardScope = readonly string[] | undefined;

export interface Registry extends AsyncDisposable {
  /**
   * One transaction: all or nothing. `preview` only counts. What is absent of a known location is
   * kept as it was. Throws `bad_import` for a location of an unknown board.
   */
  importLocations(
    boards: readonly Board[],
    locations: readonly Location[],
    preview?: boolean,
  ): Promise<ImportCounts>;
  boards(scope: BoardScope): Promise<Board[]>;
  locations(scope: BoardScope): Promise<Location[]>;
  location(id: string): Promise<Location | undefined>;

  /** Keeps only a hash of the code. Throws `not_found` for an unknown location. */
  addEnrolmentCode(code: string, locationId: string, expiresAt: EpochMs): Promise<void>;
  /**
   * Uses the code up and adds the device, in one transaction. Throws `enrolment_code_unknown`,
   * `enrolment_code_used`, `enrolment_code_expired`, or `conflict` for a key that is known.
   */
  enrol(code: string, device: NewDevice, now: EpochMs): Promise<Device>;
  device(id: string): Promise<Device | undefined>;
  devices(locationId?: string): Promise<Device[]>;
  recordContact(deviceId: string, contact: DeviceContact): Promise<void>;

  /** Latest verdict per location; history is kept, a row whenever the outcome or norm changes. */
  saveVerdict(locationId: string, verdict: Verdict): Promise<void>;
  verdict(locationId: string): Promise<Verdict | undefined>;
  verdicts(): Promise<Map<string, Verdict>>;
  /** Oldest first: each verdict with which the outcome or the norm changed. */
  verdictHistory(locationId: string): Promise<Verdict[]>;

  /** Throws `conflict` when the e-mail address is taken. `passwordHash` is a PHC string. */
  addPerson(person: Person, passwordHash: string): Promise<void>;
  people(): Promise<Person[]>;
  person(id: string): Promise<Person | undefined>;
  credentials(email: string): Promise<{ person: Person; passwordHash: string } | undefined>;

  /** Sessions and API tokens are kept as SHA-256 of the secret. */
  addSession(secretHash: string, personId: string, expiresAt: EpochMs): Promise<void>;
  sessionPerson(secretHash: string, now: EpochMs): Promise<Person | undefined>;
  removeSession(secretHash: string): Promise<void>;

  readonly serverFaults: ServerFaults;

  /** Small facts of the installation, e.g. the hash of the set-up token. */
  fact(name: string): Promise<string | undefined>;
  setFact(name: string, value: string | undefined): Promise<void>;

  /** Resolves when the store answers; rejects with `store_unavailable`. */
  ready(): Promise<void>;
  /** A consistent copy while others read and write. */
  backup(path: string): Promise<void>;
}
