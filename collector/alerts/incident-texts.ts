// Incidents as sentences, in Dutch and English. Pure.
import type { Incident, IncidentKind, Member, SharedCause } from '#shared/model/incident.ts';
import type { Text } from '#shared/wire/api.ts';
import { causeText as whyText } from '../assessment/explain/causes.ts';
import { FORMATS, type Language } from '../assessment/explain/formats.ts';

/** `De Peelschool (16SW03)`. */
export type NameOf = (locationId: string) => string;

/** `members`: those that whoever reads it may see. */
export function incidentText(
  incident: Pick<Incident, 'kind' | 'cause' | 'closedAt'>,
  members: readonly Member[],
  nameOf: NameOf,
): Text {
  const [first] = members;
  if (first === undefined) return { nl: '', en: '' };
  const say = (language: Language) => {
    const words = KINDS[incident.kind][language];
    const isOver = incident.closedAt !== null;
    if (members.length === 1) {
      const what = isOver
        ? words.over(subjectOf(first, nameOf))
        : words.one(subjectOf(first, nameOf));
      return `${what}${isOver ? '' : causeText(incident.cause, language)}`;
    }
    const count = FORMATS[language].count(places(members));
    const what = isOver ? words.manyOver(count) : words.many(count);
    return `${what}${causeText(incident.cause, language)}`;
  };
  return { nl: say('nl'), en: say('en') };
}

/** What is known of one of them. */
export function memberText({ detail }: Member): Text {
  const text = (key: string) => String(detail[key] ?? '');
  const number = (key: string) => Number(detail[key] ?? 0);
  const say = (nl: (language: Language) => string, en: (language: Language) => string): Text => ({
    nl: nl('nl'),
    en: en('en'),
  });
  if (detail.by === 'overrule') {
    return { nl: 'zo beslist door een beheerder', en: 'decided so by an operator' };
  }
  if (detail.by === 'verdict') return belowText(number('failed'), number('of'), text);
  if (detail.before !== undefined) {
    const speed = (language: Language) =>
      `${FORMATS[language].mbps(number('before'))} → ${FORMATS[language].mbps(number('after'))}`;
    const way = DIRECTIONS[text('direction') === 'upload' ? 'upload' : 'download'];
    return say(
      (nl) => `lijn “${text('line')}”, ${way.nl}: ${speed(nl)}`,
      (en) => `line ‘${text('line')}’, ${way.en}: ${speed(en)}`,
    );
  }
  if (detail.stage !== undefined) return silenceText(text);
  if (detail.fallen !== undefined) {
    return {
      nl: `${text('fallen')} van ${text('lines')} lijnen vielen er tegelijk terug; die metingen tellen tegen geen lijn`,
      en: `${text('fallen')} of ${text('lines')} lines fell together on it; those tests count against no line`,
    };
  }
  if (detail.lastError === undefined) return { nl: '', en: '' };
  const why = whyText(text('lastError'));
  return { nl: `omdat ${why.nl}`, en: `because ${why.en}` };
}

function belowText(failed: number, of: number, text: (key: string) => string): Text {
  const servers = text('servers').split(' ').length;
  const second =
    text('secondServer') === 'agrees'
      ? { nl: `, op ${servers} meetservers`, en: `, on ${servers} measure servers` }
      : {
          nl: ', op één meetserver; bevestiging op een tweede was niet mogelijk',
          en: ', on one measure server; there was no second one to confirm it on',
        };
  return {
    nl: `${failed} van de ${of} nieuwste metingen op een rustige lijn haalden de norm niet${second.nl}`,
    en: `${failed} of the newest ${of} tests on a quiet line missed the norm${second.en}`,
  };
}

function silenceText(text: (key: string) => string): Text {
  const since = (language: Language) => FORMATS[language].date(text('heardAt'));
  const stage =
    text('stage') === 'gone'
      ? { nl: 'verdwenen', en: 'gone' }
      : { nl: 'dreigt te verdwijnen', en: 'at risk' };
  const other =
    text('otherLine') === 'heard'
      ? {
          nl: '; een andere lijn van de locatie is wel te horen, dus waarschijnlijk ligt deze lijn eruit',
          en: '; another line of the location is heard, so this line is probably down',
        }
      : {
          nl: '; apparaat uit of lijn eruit',
          en: '; device off or line down',
        };
  return {
    nl: `lijn “${text('line')}”: niets gehoord sinds ${since('nl')} (${stage.nl})${other.nl}`,
    en: `line ‘${text('line')}’: nothing heard since ${since('en')} (${stage.en})${other.en}`,
  };
}

interface Sentences {
  one(what: string): string;
  over(what: string): string;
  many(count: string): string;
  manyOver(count: string): string;
}

const KINDS: Readonly<Record<IncidentKind, Readonly<Record<Language, Sentences>>>> = {
  below: {
    nl: {
      one: (what) => `${what} is onder de norm`,
      over: (what) => `${what} is niet langer onder de norm`,
      many: (count) => `${count} locaties zijn samen onder de norm geraakt`,
      manyOver: (count) => `${count} locaties zijn niet langer onder de norm`,
    },
    en: {
      one: (what) => `${what} is below the norm`,
      over: (what) => `${what} is no longer below the norm`,
      many: (count) => `${count} locations went below the norm together`,
      manyOver: (count) => `${count} locations are no longer below the norm`,
    },
  },
  level_fell: levelSentences({ nl: 'langzamer', en: 'slower' }),
  level_rose: levelSentences({ nl: 'sneller', en: 'faster' }),
  silent: {
    nl: {
      one: (what) => `${what} is al een week niet te horen`,
      over: (what) => `${what} is weer te horen`,
      many: (count) => `${count} locaties zijn sinds hetzelfde moment niet te horen`,
      manyOver: (count) => `${count} locaties zijn weer te horen`,
    },
    en: {
      one: (what) => `${what} has not been heard of for a week`,
      over: (what) => `${what} is heard of again`,
      many: (count) => `${count} locations have been silent since the same time`,
      manyOver: (count) => `${count} locations are heard of again`,
    },
  },
  server_fault: {
    nl: {
      one: (what) => `Meetserver ${what} schoot tekort`,
      over: (what) => `Meetserver ${what} schiet niet meer tekort`,
      many: (count) => `${count} meetservers schoten tekort`,
      manyOver: (count) => `${count} meetservers schieten niet meer tekort`,
    },
    en: {
      one: (what) => `Measure server ${what} fell short`,
      over: (what) => `Measure server ${what} falls short no more`,
      many: (count) => `${count} measure servers fell short`,
      manyOver: (count) => `${count} measure servers fall short no more`,
    },
  },
  server_away: {
    nl: {
      one: (what) => `Meetserver ${what} antwoordt niet`,
      over: (what) => `Meetserver ${what} antwoordt weer`,
      many: (count) => `${count} meetservers antwoorden niet`,
      manyOver: (count) => `${count} meetservers antwoorden weer`,
    },
    en: {
      one: (what) => `Measure server ${what} does not answer`,
      over: (what) => `Measure server ${what} answers again`,
      many: (count) => `${count} measure servers do not answer`,
      manyOver: (count) => `${count} measure servers answer again`,
    },
  },
};

function levelSentences(how: Text): Readonly<Record<Language, Sentences>> {
  return {
    nl: {
      one: (what) => `Een lijn van ${what} is plotseling ${how.nl}`,
      over: (what) => `Een lijn van ${what} werd plotseling ${how.nl}`,
      many: (count) => `Lijnen van ${count} locaties zijn samen plotseling ${how.nl}`,
      manyOver: (count) => `Lijnen van ${count} locaties werden samen plotseling ${how.nl}`,
    },
    en: {
      one: (what) => `A line of ${what} is suddenly ${how.en}`,
      over: (what) => `A line of ${what} suddenly became ${how.en}`,
      many: (count) => `Lines of ${count} locations are suddenly ${how.en}, together`,
      manyOver: (count) => `Lines of ${count} locations suddenly became ${how.en}, together`,
    },
  };
}

const DIRECTIONS = {
  download: { nl: 'downloaden', en: 'download' },
  upload: { nl: 'uploaden', en: 'upload' },
} as const;

const CAUSES: Readonly<Record<SharedCause['kind'], (name: string) => Text>> = {
  collector: () => ({
    nl: 'alle delen deze collector',
    en: 'all share this collector',
  }),
  measure_server: (name) => ({ nl: `meetserver ${name}`, en: `measure server ${name}` }),
  provider: (name) => ({ nl: `aanbieder ${name}`, en: `provider ${name}` }),
  municipality: (name) => ({ nl: `gemeente ${name}`, en: `municipality ${name}` }),
  province: (name) => ({ nl: `provincie ${name}`, en: `province ${name}` }),
};

function causeText(cause: SharedCause | undefined, language: Language): string {
  if (cause === undefined) return '';
  const name = CAUSES[cause.kind](cause.name)[language];
  const { count } = FORMATS[language];
  const [members, of] = [count(cause.members), count(cause.of)];
  return language === 'nl'
    ? `; gemeenschappelijk: ${name} (${members} van ${of} gemeten locaties)`
    : `; in common: ${name} (${members} of ${of} measured locations)`;
}

function subjectOf({ locationId, detail }: Member, nameOf: NameOf): string {
  return locationId === null ? String(detail.server ?? '') : nameOf(locationId);
}

function places(members: readonly Member[]): number {
  return new Set(members.map(({ key, locationId }) => locationId ?? key)).size;
}
