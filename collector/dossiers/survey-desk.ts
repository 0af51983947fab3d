// A school's own view by the link that it was given: what the page may show, and its answer as a
// step of the dossier. How the page looks is collector/survey.
import { isDeepStrictEqual } from 'node:util';
import type { Dossier, SchoolAnswer } from '#shared/model/dossier.ts';
import type { Location } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Registry } from '../registry/registry.ts';
import { possibleEvents } from './check-event.ts';
import type { Desk } from './desk.ts';
import type { Invitation } from './dossier-store.ts';
import { hashSurveyToken } from './survey-link.ts';

/** Changes of one question's answer. */
const MAX_ANSWERS = 50;

export type OpenedSurvey =
  /** No such link, or one that a newer question has replaced. */
  | { readonly status: 'unknown' }
  | { readonly status: 'expired'; readonly location: Location }
  /** The dossier has moved on: an answer would come too late to be taken up here. */
  | { readonly status: 'moved_on'; readonly location: Location }
  | {
      readonly status: 'open';
      readonly location: Location;
      readonly answerBy: EpochMs;
      /** What was answered before, to be changed. */
      readonly answer: SchoolAnswer | null;
      readonly contactName: string | null;
    };

export interface SurveyDesk {
  open(token: string): Promise<OpenedSurvey>;
  /** Resolves with how the link stood; the answer was kept where it was `open`. */
  answer(token: string, answer: SchoolAnswer, contactName: string | null): Promise<OpenedSurvey>;
}

export interface SurveyDeps {
  readonly registry: Pick<Registry, 'dossiers' | 'location'>;
  readonly desk: Pick<Desk, 'act'>;
  readonly clock: Pick<Clock, 'now'>;
}

export function createSurveyDesk({ registry, desk, clock }: SurveyDeps): SurveyDesk {
  const open = async (token: string): Promise<OpenedSurvey> => {
    const invitation = await registry.dossiers.invitation(hashSurveyToken(token));
    if (invitation === undefined) return { status: 'unknown' };
    const dossier = await registry.dossiers.dossier(invitation.locationId);
    const location = await registry.location(invitation.locationId);
    if (dossier === undefined || location === undefined) return { status: 'unknown' };
    return openedOf(invitation, dossier, location, clock.now());
  };
  return {
    open,
    answer: async (token, answer, contactName) => {
      const opened = await open(token);
      if (opened.status !== 'open') return opened;
      const { id: locationId } = opened.location;
      if (!isSameAnswer(opened.answer, answer)) {
        await checkPatience(registry, locationId);
        const act = { locationId, author: { kind: 'school' }, reason: reasonOf(answer) } as const;
        try {
          await desk.act(act, { kind: 'answered', answer });
        } catch (error) {
          // It moved on between the look and the answer.
          if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
          return { status: 'moved_on', location: opened.location };
        }
      }
      await registry.dossiers.setContactName(hashSurveyToken(token), contactName);
      return { ...opened, answer, contactName };
    },
  };
}

function isSameAnswer(before: SchoolAnswer | null, after: SchoolAnswer): boolean {
  return before !== null && isDeepStrictEqual(plainAnswer(before), plainAnswer(after));
}

/** Throws `too_many_requests`: steps are kept for ever, and no school needs so many. */
async function checkPatience(
  registry: Pick<Registry, 'dossiers'>,
  locationId: string,
): Promise<void> {
  const dossier = await registry.dossiers.dossier(locationId);
  const asked = dossier?.asked?.step ?? 0;
  const answers = dossier?.steps.filter(
    ({ number, author }) => number > asked && author.kind === 'school',
  );
  if ((answers?.length ?? 0) < MAX_ANSWERS) return;
  throw new AppError(
    'too_many_requests',
    'the answer was changed too often; ask the sender of the link',
  );
}

function openedOf(
  invitation: Invitation,
  dossier: Dossier,
  location: Location,
  now: EpochMs,
): OpenedSurvey {
  const { asked, answer } = dossier;
  if (asked !== null && asked.step !== invitation.askedStep) return { status: 'unknown' };
  if (now >= invitation.expiresAt) return { status: 'expired', location };
  if (asked === null || !possibleEvents(dossier).includes('answered')) {
    return { status: 'moved_on', location };
  }
  return {
    status: 'open',
    location,
    answerBy: invitation.expiresAt,
    answer: answer === null ? null : plainAnswer(answer),
    contactName: invitation.contactName,
  };
}

function plainAnswer({ view, pupils, buildings }: SchoolAnswer): SchoolAnswer {
  return {
    view,
    ...(pupils === undefined ? {} : { pupils }),
    ...(buildings === undefined ? {} : { buildings }),
  };
}

/** The school's own words where it gave any. */
function reasonOf({ view }: SchoolAnswer): string {
  return view.view === 'suffices' ? (view.whyText ?? view.why) : view.view;
}
