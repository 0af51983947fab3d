// What the collector knows of boards, locations, devices and people. Implementations: sqlite.ts.
import type { Line, LineChange, LineFacts } from '#shared/model/line.ts';
import type { Board, Coordinates, Location, Position } from '#shared/model/location.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Person } from '#shared/wire/api.ts';
import type { SpoolStats } from '#shared/wire/uplink.ts';
import type { AlertStore } from '../alerts/alert-store.ts';
import type { DossierStore } from '../dossiers/dossier-store.ts';
import type { ConfigurationStore } from '../gateway/configuration-store.ts';
import type { MailOutbox } from '../outbox/outbox.ts';
import type { ScenarioStore } from '../planning/scenario-store.ts';
import type { ReleaseStore } from '../releases/release-store.ts';
import type { ServerFaults } from './server-faults.ts';

export interface Device {
  readonly id: string;
  readonly locationId: string;
  /** The line that it measures, for its life. */
  readonly lineId: string;
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

/** A location as it is known, open or closed. */
export interface KnownLocation extends Location {
  readonly createdAt: EpochMs;
  /** How many were enrolled there. */
  readonly devices: number;
}

export interface RegistryState {
  readonly boards: readonly Board[];
  readonly locations: readonly KnownLocation[];
}

/** Applied in this order. */
export interface RegistryChanges {
  /** Added, or put in the place of those that are there. */
  readonly boards: readonly Board[];
  /** As the boards; a new one gets its line. Whether it is open is not theirs to say. */
  readonly locations: readonly Location[];
  readonly reopened: readonly string[];
  readonly closed: readonly { readonly id: string; readonly at: EpochMs }[];
  /** Closes `from`; its lines, devices, unused codes, overrules and dossier go on at `to`. */
  readonly merged: readonly { readonly from: string; readonly to: string; readonly at: EpochMs }[];
}

/** What a geocoder said of an address; null where it knew none. */
export interface Geocode {
  readonly address: string;
  readonly point: { readonly latitude: number; readonly longitude: number } | null;
  readonly askedAt: EpochMs;
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
  /**
   * One transaction from what is known to what is written: all of it or nothing. Without `changes`
   * nothing is. Rejects with what `decide` throws.
   */
  changeLocations<T>(
    decide: (state: RegistryState) => { result: T; changes?: RegistryChanges },
  ): Promise<T>;
  /** Unknown locations are passed over. */
  setCoordinates(places: ReadonlyMap<string, Coordinates>): Promise<void>;
  /** What was said of these addresses before. */
  geocodes(addresses: readonly string[]): Promise<Geocode[]>;
  saveGeocodes(geocodes: readonly Geocode[]): Promise<void>;
  boards(scope: BoardScope): Promise<Board[]>;
  /** Those that are open, unless all are asked for. */
  locations(scope: BoardScope, which?: 'open' | 'all'): Promise<Location[]>;
  location(id: string): Promise<Location | undefined>;

  /**
   * Of one location or of all, oldest first, ended ones too. Every location has one from its import
   * on, and an open one always has a running main line.
   */
  lines(locationId?: string): Promise<Line[]>;
  /** Throws `not_found`, or `conflict` for a closed location or a name that a running line has. */
  addLine(locationId: string, facts: LineFacts): Promise<Line>;
  /** Throws `not_found`, or `conflict` for a taken name or the only main line's other role. */
  changeLine(id: string, change: LineChange): Promise<Line>;
  /** Throws `not_found`, or `conflict` for a line that ended before or is the only main one. */
  endLine(id: string, endedAt: EpochMs): Promise<Line>;
  /** Locations whose lines and devices went on to this one, with their evidence, nearest first. */
  predecessors(locationId: string): Promise<string[]>;

  /**
   * Keeps only a hash of the code. Throws `not_found` for an unknown location or line, and
   * `conflict` without a line where the location has several.
   */
  addEnrolmentCode(
    code: string,
    locationId: string,
    expiresAt: EpochMs,
    lineId?: string,
  ): Promise<void>;
  /**
   * Uses the code up and adds the device, in one transaction. Throws `enrolment_code_unknown`,
   * `enrolment_code_used`, `enrolment_code_expired`, or `conflict` for a key that is known.
   */
  enrol(code: string, device: NewDevice, now: EpochMs): Promise<Device>;
  device(id: string): Promise<Device | undefined>;
  devices(locationId?: string): Promise<Device[]>;
  recordContact(deviceId: string, contact: DeviceContact): Promise<void>;

  /** Latest verdict per location; history is kept, a row whenever the outcome or norm changes. */
  saveVerdict(
    locationId: string,
    verdict: Verdict,
    /** By line, kept with it: the latest alone. */
    lineVerdicts?: ReadonlyMap<string, Verdict>,
  ): Promise<void>;
  verdict(locationId: string): Promise<Verdict | undefined>;
  verdicts(): Promise<Map<string, Verdict>>;
  /** By line; of one location or of all. */
  lineVerdicts(locationId?: string): Promise<Map<string, Verdict>>;
  /** Oldest first: each verdict with which the outcome or the norm changed. */
  verdictHistory(locationId: string): Promise<Verdict[]>;

  /** For good, in full. Throws `conflict` when its version is known with other figures. */
  keepNorm(norm: Norm): Promise<void>;
  norm(version: string): Promise<Norm | undefined>;

  /** Throws `not_found` for an unknown location, `conflict` where one holds already. */
  addOverrule(overrule: Overrule): Promise<void>;
  /** Throws `not_found`, or `conflict` for one that holds no longer. */
  withdrawOverrule(
    locationId: string,
    id: string,
    withdrawn: NonNullable<Overrule['withdrawn']>,
  ): Promise<Overrule>;
  /** Of one location or of all, oldest first, those that ended too. */
  overrules(locationId?: string): Promise<Overrule[]>;

  /** Throws `conflict` when the e-mail address is taken. `passwordHash` is a PHC string. */
  addPerson(person: Person, passwordHash: string): Promise<void>;
  people(): Promise<Person[]>;
  person(id: string): Promise<Person | undefined>;
  credentials(email: string): Promise<{ person: Person; passwordHash: string } | undefined>;

  /** Sessions and API tokens are kept as SHA-256 of the secret. */
  addSession(secretHash: string, personId: string, expiresAt: EpochMs): Promise<void>;
  sessionPerson(secretHash: string, now: EpochMs): Promise<Person | undefined>;
  removeSession(secretHash: string): Promise<void>;
  /** All of an account, tokens of programs too; resolves with how many there were. */
  removeSessionsOf(personId: string): Promise<number>;

  readonly dossiers: DossierStore;
  readonly outbox: MailOutbox;
  readonly alerts: AlertStore;
  readonly serverFaults: ServerFaults;
  readonly configurations: ConfigurationStore;
  /** Of the agent. */
  readonly releases: ReleaseStore;
  /** Scenarios that somebody saved. */
  readonly scenarios: ScenarioStore;

  /** Small facts of the installation, e.g. the hash of the set-up token. */
  fact(name: string): Promise<string | undefined>;
  setFact(name: string, value: string | undefined): Promise<void>;

  /** Resolves when the store answers; rejects with `store_unavailable`. */
  ready(): Promise<void>;
  /** A consistent copy while others read and write. */
  backup(path: string): Promise<void>;
}
