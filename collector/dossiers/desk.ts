// What people do with dossiers: each act is checked against the dossier as it is now, and kept as
// a step. Who may act is api/access.ts; what schools answer is survey-desk.ts.
import type { Dossier, DossierEvent, Offer } from '#shared/model/dossier.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { LiveEvents } from '../live.ts';
import type { Registry } from '../registry/registry.ts';
import type { Act } from './act.ts';
import { checkEvent } from './check-event.ts';
import { DAY_MS, type Deadlines } from './deadlines.ts';
import type { DossierChange } from './dossier-store.ts';
import { checkJoint, stepsAlong } from './joint-steps.ts';
import { endOfLocalDay, localDay } from './local-day.ts';
import { invitationMail } from './mail-texts.ts';
import { hashSurveyToken, newSurveyToken, surveyLink } from './survey-link.ts';

export interface DeskDeps {
  readonly registry: Pick<Registry, 'dossiers' | 'location' | 'predecessors'>;
  readonly events: Pick<LiveEvents, 'changed'>;
  readonly deadlines: Deadlines;
  /** Where people reach the pages; asked once they are listened on. */
  readonly pagesUrl: () => string;
  readonly newId: () => string;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'bytes'>;
}

export interface InvitationAct extends Act {
  /** Undefined: no mail is written, the link is handed over another way. */
  readonly email?: string | undefined;
  /** Days in which the school can answer; default: the deadline of `asked`. */
  readonly days?: number | undefined;
}

export interface Invited {
  readonly dossier: Dossier;
  /** Given here alone: only a hash of its secret is kept. */
  readonly link: string;
  readonly expiresAt: EpochMs;
}

export interface Desk {
  /** Throws `not_found`, and `conflict` for another version or a step that cannot follow. */
  act(act: Act, event: DossierEvent): Promise<Dossier>;
  /** To every one of its locations; throws `bad_request` or `not_allowed` for one that it cannot be for. */
  addOffer(act: Act, offer: Omit<Offer, 'id'>): Promise<Dossier>;
  invite(act: InvitationAct): Promise<Invited>;
}

/** Where the deadline of `asked` is set to none. */
const DEFAULT_ANSWER_DAYS = 28;
/** A note of a person who saw an older version is as good; how often to try. */
const TRIES = 5;

export function createDesk(deps: DeskDeps): Desk {
  const { registry, events, clock, random } = deps;
  const store = registry.dossiers;

  const append = async (
    act: Act,
    event: DossierEvent,
    beside: Pick<DossierChange, 'invitation' | 'mails'> = {},
  ): Promise<Dossier> => {
    const { locationId, version, author, reason } = act;
    for (let attempt = 1; ; attempt += 1) {
      const dossier = await store.dossier(locationId);
      if (dossier === undefined) throw noDossier(locationId);
      const now = clock.now();
      checkEvent(dossier, event, localDay(now));
      const at = new Date(now).toISOString();
      const step = { at, author, reason, event };
      const own = { locationId, version: version ?? dossier.version, step, ...beside };
      const along = await stepsAlong(registry, act, dossier, step);
      try {
        const [after, ...others] = await store.appendAll([own, ...along]);
        const changed = [after, ...others].filter((each) => each !== undefined);
        for (const id of new Set(changed.map((each) => each.locationId))) events.changed(id);
        return changed.findLast((each) => each.locationId === locationId) ?? dossier;
      } catch (error) {
        const isRace = error instanceof AppError && error.code === 'conflict';
        const isStale = version !== undefined && version !== dossier.version;
        if (isStale || !isRace || attempt === TRIES) throw error;
      }
    }
  };

  return {
    act: append,
    addOffer: async (act, offer) => {
      await checkJoint(registry, act, offer.jointWith);
      return append(act, {
        kind: 'offer_added',
        offer: { ...offer, jointWith: offer.jointWith.toSorted(), id: deps.newId() },
      });
    },
    invite: async (act) => {
      const location = await registry.location(act.locationId);
      if (location === undefined) throw noDossier(act.locationId);
      const days = act.days ?? deps.deadlines.asked ?? DEFAULT_ANSWER_DAYS;
      // The day that people are told is whole.
      const expiresAt = endOfLocalDay(clock.now() + days * DAY_MS);
      const token = newSurveyToken(random);
      const link = surveyLink(deps.pagesUrl(), token);
      const { email } = act;
      const invitation = { tokenHash: hashSurveyToken(token), email: email ?? null, expiresAt };
      const facts = { location, link, answerBy: expiresAt, isReminder: false };
      const mail = { id: deps.newId(), sendBefore: expiresAt, ...invitationMail(facts) };
      const mails = email === undefined ? [] : [{ ...mail, to: email }];
      const answerBy = new Date(expiresAt).toISOString();
      const event = { kind: 'asked', channel: 'mail', answerBy } as const;
      return { dossier: await append(act, event, { invitation, mails }), link, expiresAt };
    },
  };
}

export function noDossier(locationId: string): AppError {
  return new AppError(
    'not_found',
    `there is no dossier of ${locationId}; one opens when its verdict has been below for a day`,
  );
}
