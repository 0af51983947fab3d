// Incidents as an Atom feed (RFC 4287) for whatever reads feeds. Pure.

import type { IncidentView } from '#shared/wire/alerts-api.ts';
import type { Text } from '#shared/wire/api.ts';
import type { Language } from '../assessment/explain/formats.ts';
import { timeText } from './times.ts';

export interface Feed {
  /** A UUID that never changes. */
  readonly id: string;
  readonly title: string;
  /** When it was made: an empty feed has changed at no later time. */
  readonly madeAt: string;
  readonly language: Language;
  /** Address of the feed itself. */
  readonly selfUrl: string;
  readonly pagesUrl: string;
  /** Newest change first. */
  readonly incidents: readonly IncidentView[];
}

/** Members named in an entry; the API has all. */
const MOST_NAMED = 20;

export function atomOf(feed: Feed): string {
  const { id, title, language, selfUrl, pagesUrl, incidents, madeAt } = feed;
  const updated = incidents.map(changedAt).reduce((a, b) => (a > b ? a : b), madeAt);
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}">
<id>urn:uuid:${id}</id>
<title>${xml(`Meetnet: ${title}`)}</title>
<updated>${updated}</updated>
<author><name>Meetnet</name></author>
<link rel="self" type="application/atom+xml" href="${xml(selfUrl)}"/>
<link rel="alternate" type="text/html" href="${xml(`${pagesUrl}/incidents`)}"/>
${incidents.map((incident) => entryOf(incident, feed)).join('')}</feed>
`;
}

function entryOf(incident: IncidentView, { language, pagesUrl }: Feed): string {
  const { id, kind, openedAt, members, text } = incident;
  const [only, ...others] = new Set(members.map(({ locationId }) => locationId));
  const page = typeof only === 'string' && others.length === 0 ? `locations/${only}` : 'incidents';
  return `<entry>
<id>urn:uuid:${id}</id>
<title>${xml(text[language])}</title>
<published>${openedAt}</published>
<updated>${changedAt(incident)}</updated>
<category term="${kind}"/>
<link rel="alternate" type="text/html" href="${xml(`${pagesUrl}/${page}`)}"/>
<content type="text">${xml(contentOf(incident, language))}</content>
</entry>
`;
}

/** Somebody who saw to it is news too. */
function changedAt({ updatedAt, acknowledgements }: IncidentView): string {
  return acknowledgements.reduce((newest, { at }) => (at > newest ? at : newest), updatedAt);
}

function contentOf(incident: IncidentView, language: Language): string {
  const { members, elsewhere, acknowledgements, openedAt, closedAt } = incident;
  const say = ({ nl, en }: Text) => (language === 'nl' ? nl : en);
  const time = (iso: string) => timeText(Date.parse(iso), language);
  const named = members.slice(0, MOST_NAMED).map(({ locationId, name, since, text }) => {
    const place = locationId === null ? '' : `${name} (${locationId}): `.trimStart();
    return `- ${place}${say(text)} (${say({ nl: 'sinds', en: 'since' })} ${time(since)})`;
  });
  const more = members.length - named.length + elsewhere;
  const seen = acknowledgements.map(({ at, by, note }) => {
    const who = say({ nl: 'Gezien door', en: 'Seen to by' });
    return `${who} ${by.name}, ${time(at)}${note === undefined ? '' : `: ${note}`}`;
  });
  return [
    say({ nl: `Begonnen: ${time(openedAt)}`, en: `Opened: ${time(openedAt)}` }),
    ...(closedAt === null
      ? []
      : [say({ nl: `Voorbij: ${time(closedAt)}`, en: `Over: ${time(closedAt)}` })]),
    ...named,
    ...(more === 0 ? [] : [`- ${say({ nl: `en nog ${more}`, en: `and ${more} more` })}`]),
    ...(seen.length === 0 && closedAt === null
      ? [say({ nl: 'Nog door niemand gezien.', en: 'Seen to by nobody yet.' })]
      : seen),
  ].join('\n');
}

/** Without what XML 1.0 has no place for, such as control characters and half a pair. */
function xml(text: string): string {
  return [...text.toWellFormed()]
    .filter((character) => IN_XML.test(character))
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

/** Char of XML 1.0 §2.2. */
const IN_XML = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]$/u;
