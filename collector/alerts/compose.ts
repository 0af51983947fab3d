// One message of all that a recipient is due to be told: text for a mail, JSON for a webhook. Pure.
import type { Incident, Recipient } from '#shared/model/incident.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Text } from '#shared/wire/api.ts';
import { FORMATS, type Language } from '../assessment/explain/formats.ts';
import type { Notice } from './alert-store.ts';
import { incidentText, memberText, type NameOf } from './incident-texts.ts';
import { type Listener, membersFor } from './notices.ts';
import { timeText } from './times.ts';

export interface ToTell {
  readonly incident: Incident;
  readonly event: Notice['event'];
}

export interface Message {
  readonly subject: string;
  readonly text: string;
}

export interface ComposeContext {
  readonly sees: Listener['sees'];
  readonly nameOf: NameOf;
  /** Where the pages are. */
  readonly pagesUrl: string;
}

/** Members named in a mail; the page has all. */
const MOST_NAMED = 20;

/**
 * What is still worth telling, by incident: one that closed before he heard of it is left out, and so
 * is one that became part of another.
 */
export function toTell(
  notices: readonly Notice[],
  incidents: ReadonlyMap<string, Incident>,
): readonly ToTell[] {
  return [...Map.groupBy(notices, ({ incidentId }) => incidentId)].flatMap(
    ([id, of]): readonly ToTell[] => {
      const incident = incidents.get(id);
      if (incident === undefined || incident.mergedInto !== null) return [];
      const isNew = of.some(({ event }) => event === 'opened');
      if (incident.closedAt !== null) return isNew ? [] : [{ incident, event: 'closed' }];
      return [{ incident, event: isNew ? 'opened' : 'updated' }];
    },
  );
}

export function composeMail(
  items: readonly ToTell[],
  { pace, language }: Pick<Recipient, 'pace' | 'language'>,
  context: ComposeContext,
): Message {
  const sections = (['opened', 'updated', 'closed'] as const).flatMap((event) => {
    const of = items.filter((item) => item.event === event);
    if (of.length === 0) return [];
    const told = of.map((item) => itemText(item, language, context));
    return [`${HEADINGS[event][language]}\n\n${told.join('\n\n')}`];
  });
  const why = WHY[pace][language];
  const text = `${sections.join('\n\n\n')}\n\n-- \n${context.pagesUrl}/incidents\n${why}\n`;
  return { subject: subjectOf(items, language, context), text };
}

/** What a webhook gets, as the API shows incidents. */
export function composeWebhook(
  items: readonly ToTell[],
  id: string,
  now: EpochMs,
  context: ComposeContext,
): string {
  return JSON.stringify({
    deliveryId: id,
    sentAt: iso(now),
    incidents: items.map(({ incident, event }) => {
      const members = membersFor(incident, context.sees);
      return {
        ...{ id: incident.id, event, kind: incident.kind },
        openedAt: iso(incident.openedAt),
        closedAt: incident.closedAt === null ? null : iso(incident.closedAt),
        ...(incident.cause === undefined ? {} : { cause: incident.cause }),
        text: incidentText(incident, members, context.nameOf),
        members: members.map((member) => ({
          locationId: member.locationId,
          since: iso(member.since),
          endedAt: member.endedAt === null ? null : iso(member.endedAt),
          detail: member.detail,
          text: memberText(member),
        })),
      };
    }),
  });
}

export function subjectOf(
  items: readonly ToTell[],
  language: Language,
  { sees, nameOf }: Pick<ComposeContext, 'sees' | 'nameOf'>,
): string {
  const [only] = items;
  if (only !== undefined && items.length === 1) {
    return incidentText(only.incident, membersFor(only.incident, sees), nameOf)[language];
  }
  const count = FORMATS[language].count(items.length);
  return language === 'nl' ? `Meetnet: ${count} meldingen` : `Meetnet: ${count} alerts`;
}

function itemText({ incident }: ToTell, language: Language, context: ComposeContext): string {
  const members = membersFor(incident, context.sees);
  const headline = incidentText(incident, members, context.nameOf)[language];
  const lasting = members.filter(({ endedAt }) => endedAt === null || incident.closedAt !== null);
  const lines = lasting.slice(0, MOST_NAMED).map((member) => {
    const name = member.locationId === null ? '' : `${context.nameOf(member.locationId)}: `;
    const since = timeText(member.since, language);
    return `- ${name}${memberText(member)[language]} (${SINCE[language]} ${since})`;
  });
  const more = lasting.length - lines.length;
  if (more > 0) lines.push(`- ${MORE[language](FORMATS[language].count(more))}`);
  return `${headline}.\n${lines.join('\n')}`;
}

const HEADINGS: Readonly<Record<Notice['event'], Text>> = {
  opened: { nl: 'NIEUW', en: 'NEW' },
  updated: { nl: 'UITGEBREID', en: 'GROWN' },
  closed: { nl: 'VOORBIJ', en: 'OVER' },
};
const SINCE: Text = { nl: 'sinds', en: 'since' };
const MORE: Readonly<Record<Language, (count: string) => string>> = {
  nl: (count) => `en nog ${count}`,
  en: (count) => `and ${count} more`,
};
const WHY: Readonly<Record<Recipient['pace'], Text>> = {
  at_once: {
    nl: 'U krijgt dit bericht bij elke melding; een beheerder van Meetnet kan dat veranderen.',
    en: 'You get this message on each alert; an operator of Meetnet can change that.',
  },
  daily: {
    nl: 'U krijgt dit overzicht elke dag dat er iets te melden is; een beheerder van Meetnet kan dat veranderen.',
    en: 'You get this digest on each day with something to tell; an operator of Meetnet can change that.',
  },
  weekly: {
    nl: 'U krijgt dit overzicht elke week dat er iets te melden is; een beheerder van Meetnet kan dat veranderen.',
    en: 'You get this digest in each week with something to tell; an operator of Meetnet can change that.',
  },
};

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
