// Writes what is due to the outbox, once a day: one mail to an operator for all of his, one to a
// school whose time to answer ends. Also forgets contacts that served their purpose.
import type { Dossier } from '#shared/model/dossier.ts';
import type { Location } from '#shared/model/location.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Person } from '#shared/wire/api.ts';
import type { NewMail } from '../outbox/outbox.ts';
import type { Registry } from '../registry/registry.ts';
import { repeating } from '../repeating.ts';
import { DAY_MS, type Deadlines } from './deadlines.ts';
import type { Reminded } from './dossier-store.ts';
import { invitationMail, reminderMail } from './mail-texts.ts';
import { type Reminder, remindersDue } from './reminders.ts';
import { hashSurveyToken, newSurveyToken, surveyLink } from './survey-link.ts';

/** A school's address and the name of who answered are of use while its case is fresh. */
const CONTACT_MS = 365 * DAY_MS;
/** What was sent is of no use after it; what could not be sent is looked at within it. */
const SENT_MAIL_MS = 90 * DAY_MS;
/** A list of what is due is replaced by a newer one. */
const OPERATOR_MAIL_MS = 3 * DAY_MS;

export interface RemindDeps {
  readonly registry: Pick<Registry, 'dossiers' | 'outbox' | 'people' | 'locations'>;
  readonly deadlines: Deadlines;
  /** Whether the person acts on dossiers of this location. */
  readonly mayAct: (person: Person, location: Location) => boolean;
  readonly pagesUrl: () => string;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly random: Pick<Random, 'bytes'>;
  readonly log: Logger;
}

interface Due {
  readonly reminder: Reminder;
  readonly dossier: Dossier;
  readonly location: Location;
}

export function remindDaily(deps: RemindDeps): Service {
  const work = async () => {
    await remind(deps);
    const now = deps.clock.now();
    await deps.registry.dossiers.forgetContacts(now - CONTACT_MS);
    await deps.registry.outbox.forget(now - SENT_MAIL_MS);
  };
  const { clock, log } = deps;
  return repeating({ name: 'dossier reminders', everyMs: DAY_MS, work, clock, log });
}

async function remind(deps: RemindDeps): Promise<void> {
  const due = await newlyDue(deps);
  const school = await schoolMails(
    deps,
    due.filter(({ reminder }) => isForSchool(reminder)),
  );
  const operators = await operatorMails(
    deps,
    due.filter(({ reminder }) => !isForSchool(reminder)),
  );
  const all = [school, operators].filter(({ keys }) => keys.length > 0);
  // Apart, so that what keeps the one back does not keep the other.
  for (const reminded of all) await deps.registry.dossiers.remind(reminded);
  const mails = all.reduce((sum, reminded) => sum + reminded.mails.length, 0);
  if (mails > 0) deps.log.info('reminders written', { mails });
}

async function newlyDue({ registry, deadlines, clock }: RemindDeps): Promise<Due[]> {
  const dossiers = await registry.dossiers.dossiers(undefined);
  // A location that is closed is reminded of nothing any more.
  const locations = new Map((await registry.locations(undefined)).map((each) => [each.id, each]));
  const due = dossiers.flatMap((dossier) => {
    const location = locations.get(dossier.locationId);
    if (location === undefined) return [];
    const reminders = remindersDue(dossier, deadlines, clock.now());
    return reminders.map((reminder) => ({ reminder, dossier, location }));
  });
  const before = await registry.dossiers.remindedOf(due.map(({ reminder }) => reminder.key));
  return due.filter(({ reminder }) => !before.has(reminder.key));
}

function isForSchool({ kind }: Reminder): boolean {
  return kind === 'answer_soon';
}

/** To the address that was invited, with a link of its own: the first one's secret is not kept. */
async function schoolMails(deps: RemindDeps, due: readonly Due[]): Promise<Reminded> {
  const mails: NewMail[] = [];
  const invitations: Reminded['invitations'][number][] = [];
  for (const { dossier, location } of due) {
    const askedStep = dossier.asked?.step ?? 0;
    const invited = await deps.registry.dossiers.invitations(location.id);
    const first = invited.find((each) => each.askedStep === askedStep && each.email !== null);
    if (first === undefined || first.email === null) continue;
    const token = newSurveyToken(deps.random);
    const { email, expiresAt } = first;
    const link = surveyLink(deps.pagesUrl(), token);
    const text = invitationMail({ location, link, answerBy: expiresAt, isReminder: true });
    mails.push({ id: deps.newId(), to: email, sendBefore: expiresAt, ...text });
    const tokenHash = hashSurveyToken(token);
    invitations.push({ tokenHash, email, expiresAt, locationId: location.id, askedStep });
  }
  return { keys: due.map(({ reminder }) => reminder.key), mails, invitations };
}

/** A reminder that nobody is there to get is not counted as written. */
async function operatorMails(deps: RemindDeps, due: readonly Due[]): Promise<Reminded> {
  const { registry, mayAct, newId, clock } = deps;
  const told = new Set<string>();
  const mails: NewMail[] = [];
  for (const person of await registry.people()) {
    const own = due.filter(({ location }) => mayAct(person, location));
    if (own.length === 0) continue;
    for (const { reminder } of own) told.add(reminder.key);
    const sendBefore = clock.now() + OPERATOR_MAIL_MS;
    mails.push({
      id: newId(),
      to: person.email,
      sendBefore,
      ...reminderMail(own, deps.pagesUrl()),
    });
  }
  return { keys: [...told], mails, invitations: [] };
}
