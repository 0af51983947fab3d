// The texts of a dossier's mails, Dutch first and English below it in the same mail: nobody has
// told us in which language to write. Pure.
import type { Location } from '#shared/model/location.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Text } from '#shared/wire/api.ts';
import type { Reminder } from './reminders.ts';
import { STATE_TEXTS } from './state-texts.ts';
import { WORDS } from './words.ts';

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

export interface InvitationFacts {
  readonly location: Pick<Location, 'id' | 'name' | 'city'>;
  readonly link: string;
  /** The first moment at which it is too late: the end of a day. */
  readonly answerBy: EpochMs;
  /** A second mail on the same question. */
  readonly isReminder: boolean;
}

export function invitationMail({
  location,
  link,
  answerBy,
  isReminder,
}: InvitationFacts): MailText {
  const place = location.city === undefined ? '' : `, ${location.city}`;
  const name = `${location.name}${place} (${location.id})`;
  const lastDay = (language: keyof Text) => WORDS[language].lastDay(answerBy);
  const again = isReminder
    ? {
        nl: 'Wij vroegen u dit eerder; een antwoord helpt ons nog steeds.\n\n',
        en: 'We asked you before; an answer still helps us.\n\n',
      }
    : { nl: '', en: '' };
  return {
    subject: `${isReminder ? 'Herinnering: ' : ''}De internetverbinding van ${location.name}`,
    text: bilingual({
      nl: `Geachte directie,

${again.nl}De internetverbinding van ${name} blijft volgens onze metingen onder de norm van een snelle schoolverbinding. Wij horen graag of dat voor uw school een probleem is. Antwoorden kost een minuut, zonder account:

${link}

U kunt antwoorden, en uw antwoord veranderen, tot en met ${lastDay('nl')}. De link is alleen voor deze locatie: wie hem heeft, kan antwoorden. Wij vragen niets over leerlingen behalve hun aantal.`,
      en: `Dear head teacher,

${again.en}By our measurements the internet line of ${name} stays below the norm of a fast school line. We would like to know whether that is a problem for your school. Answering takes a minute, without an account:

${link}?lang=en

You can answer, and change your answer, up to and including ${lastDay('en')}. The link is for this location alone: whoever has it can answer. We ask nothing of pupils but their number.`,
    }),
  };
}

export interface ReminderLine {
  readonly reminder: Reminder;
  readonly location: Pick<Location, 'id' | 'name'>;
}

/** One mail to an operator for all that is due. `link` leads to the pages. */
export function reminderMail(lines: readonly ReminderLine[], link: string): MailText {
  const list = (language: keyof Text) =>
    lines.map(({ reminder, location }) => {
      const { date, lastDay } = WORDS[language];
      const { kind, dueAt } = reminder;
      const due = kind === 'answer_soon' ? lastDay(dueAt) : date(new Date(dueAt).toISOString());
      const state = STATE_TEXTS[reminder.state][language];
      return `- ${location.id} ${location.name}: ${WHAT[kind][language](state, due)}`;
    });
  const [nl, en] = [list('nl').join('\n'), list('en').join('\n')];
  const count = lines.length;
  return {
    subject: `${count} ${count === 1 ? 'dossier wacht' : 'dossiers wachten'} op een volgende stap`,
    text: bilingual({
      nl: `Over hun termijn:\n\n${nl}\n\n${link}`,
      en: `Past their deadline:\n\n${en}\n\n${link}`,
    }),
  };
}

const WHAT: Readonly<
  Record<Reminder['kind'], Readonly<Record<keyof Text, (state: string, due: string) => string>>>
> = {
  answer_soon: {
    nl: (_state, due) => `de school kan nog antwoorden tot en met ${due}`,
    en: (_state, due) => `the school can answer up to and including ${due}`,
  },
  overdue: {
    nl: (state, due) => `staat op “${state}”; de termijn liep tot ${due}`,
    en: (state, due) => `is at “${state}”; the deadline was ${due}`,
  },
  set_aside_over: {
    nl: (_state, due) => `was opzijgelegd tot ${due}`,
    en: (_state, due) => `was set aside until ${due}`,
  },
};

function bilingual({ nl, en }: Text): string {
  return `${nl}\n\n-- \n\n[English]\n\n${en}\n`;
}
