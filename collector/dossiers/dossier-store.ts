// Where dossiers are kept; implemented by the registry. Steps are only ever added.
import type { Dossier, DossierState, DossierStep } from '#shared/model/dossier.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { NewMail } from '../outbox/outbox.ts';

export type NewStep = Omit<DossierStep, 'number'>;

/** A link to the survey that was given to a school. */
export interface Invitation {
  /** SHA-256 of the link's secret. */
  readonly tokenHash: string;
  readonly locationId: string;
  /** Number of the step by which the school was asked; older ones answer nothing any more. */
  readonly askedStep: number;
  /** Null where the link was handed over another way, or the address is forgotten. */
  readonly email: string | null;
  /** Who answered, where they said so. */
  readonly contactName: string | null;
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs;
}
export type NewInvitation = Pick<Invitation, 'tokenHash' | 'email' | 'expiresAt'>;

export interface DossierChange {
  readonly locationId: string;
  /** Version that the change was decided on; 0 opens a dossier. */
  readonly version: number;
  readonly step: NewStep;
  /** Kept with the step, or not at all. */
  readonly invitation?: NewInvitation;
  readonly mails?: readonly NewMail[];
}

export interface DossierFilter {
  readonly state?: DossierState;
  readonly boardId?: string;
}

/** Reminders that were written, so that none is written twice. */
export interface Reminded {
  readonly keys: readonly string[];
  readonly mails: readonly NewMail[];
  readonly invitations: readonly (NewInvitation & Pick<Invitation, 'locationId' | 'askedStep'>)[];
}

export interface DossierStore {
  /**
   * Adds the step. Throws `conflict` where another step came since `version`, `not_found` for an
   * unknown location. Which steps are allowed is decided before (check-event.ts).
   */
  append(change: DossierChange): Promise<Dossier>;
  /** All of them in this order, or none; resolves with each dossier as its own step left it. */
  appendAll(changes: readonly DossierChange[]): Promise<Dossier[]>;
  dossier(locationId: string): Promise<Dossier | undefined>;
  /** Other locations' dossiers in which a joint offer names one of these, by location. */
  dossiersNaming(locationIds: readonly string[]): Promise<Dossier[]>;
  /** By location. `scope`: boards, undefined for all of them. */
  dossiers(scope: readonly string[] | undefined, filter?: DossierFilter): Promise<Dossier[]>;
  /** Open locations whose latest verdict is `below`, and those that have a dossier. */
  locationsToWatch(): Promise<string[]>;

  invitation(tokenHash: string): Promise<Invitation | undefined>;
  /** Newest first. */
  invitations(locationId: string): Promise<Invitation[]>;
  /** Null removes it. */
  setContactName(tokenHash: string, name: string | null): Promise<void>;

  /** Which of the keys were written before. */
  remindedOf(keys: readonly string[]): Promise<Set<string>>;
  /** All of it or, where another process wrote one of the keys meanwhile, nothing. */
  remind(reminded: Reminded): Promise<void>;

  /** Removes addresses and names of invitations made before this time; resolves with how many. */
  forgetContacts(before: EpochMs): Promise<number>;
}
