// Dossiers and waiting mail over the registry's reading and writing: which query answers which
// call. The queries are in the files by subject.
import type { Kysely, Transaction } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import type { DossierStore } from '../dossiers/dossier-store.ts';
import type { MailOutbox } from '../outbox/outbox.ts';
import {
  appendStep,
  appendSteps,
  findDossier,
  findDossiers,
  findDossiersNaming,
  findLocationsToWatch,
} from './dossiers.ts';
import {
  findInvitation,
  findInvitations,
  findReminded,
  forgetContactsBefore,
  keepReminded,
  writeContactName,
} from './invitations.ts';
import { findWaitingMails, forgetMails, insertMails } from './outbox.ts';
import type { Tables } from './tables.ts';
import { expireWaiting, holdWaiting, markFailed, markSent } from './waiting-messages.ts';

export interface Access {
  readonly read: <T>(doing: string, work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  readonly write: <T>(doing: string, work: (tx: Transaction<Tables>) => Promise<T>) => Promise<T>;
  readonly now: () => EpochMs;
}

export function dossierStoreOn({ read, write, now }: Access): DossierStore {
  return {
    append: (change) => write('a dossier', (tx) => appendStep(tx, change, now())),
    appendAll: (changes) => write('dossiers', (tx) => appendSteps(tx, changes, now())),
    dossiersNaming: (ids) => read('dossiers', (on) => findDossiersNaming(on, ids)),
    dossier: (locationId) => read('a dossier', (on) => findDossier(on, locationId)),
    dossiers: (scope, filter) => read('dossiers', (on) => findDossiers(on, scope, filter)),
    locationsToWatch: () => read('locations to watch', findLocationsToWatch),
    invitation: (tokenHash) => read('an invitation', (on) => findInvitation(on, tokenHash)),
    invitations: (locationId) => read('invitations', (on) => findInvitations(on, locationId)),
    setContactName: (tokenHash, name) =>
      write('a contact', (tx) => writeContactName(tx, tokenHash, name)),
    remindedOf: (keys) => read('reminders', (on) => findReminded(on, keys)),
    remind: (reminded) => write('reminders', (tx) => keepReminded(tx, reminded, now())),
    forgetContacts: (before) => write('contacts', (tx) => forgetContactsBefore(tx, before)),
  };
}

export function outboxOn({ read, write, now }: Access): MailOutbox {
  return {
    add: (mails) => write('mail', (tx) => insertMails(tx, mails, now())),
    waiting: (at, limit) => read('mail', (on) => findWaitingMails(on, at, limit)),
    hold: (id, until) => write('mail', (tx) => holdWaiting(tx, 'outbox_mail', id, until)),
    sent: (id, at) => write('mail', (tx) => markSent(tx, 'outbox_mail', id, at)),
    failed: (id, why, nextTryAt) =>
      write('mail', (tx) => markFailed(tx, 'outbox_mail', id, why, nextTryAt)),
    expire: (at) => write('mail', (tx) => expireWaiting(tx, 'outbox_mail', at)),
    forget: (before) => write('mail', (tx) => forgetMails(tx, before)),
  };
}
