// The parts that several sentences share, in each language.
import { isCause } from './causes.ts';
import type { Facts } from './facts.ts';
import type { Language } from './formats.ts';

type Clause = Readonly<Record<Language, (facts: Facts) => string>>;

/** Causes named in one sentence; the rest is in the list of tests. */
const MAX_CAUSES = 3;

export const days: Clause = {
  nl: (f) => f.format.counted(f.number('days'), 'dag', 'dagen'),
  en: (f) => f.format.counted(f.number('days'), 'day', 'days'),
};

/** Of a quiet line: In 22 van 24 geldige metingen op 9 dagen haalde de downloadsnelheid de norm. */
export const passed: Clause = {
  nl: (f) => `In ${ratio.nl(f)} op ${days.nl(f)} haalde de ${f.speed} de norm.`,
  en: (f) => `In ${ratio.en(f)} on ${days.en(f)} the ${f.speed} reached the norm.`,
};

/** The newest tests, all alike: Alle 24 geldige metingen van de downloadsnelheid sinds 3 maart 2026. */
export const sinceThen: Clause = {
  nl: (f) =>
    `Alle ${validTests.nl(f, f.n)} van de ${f.speed} sinds ${f.format.date(f.text('since'))} (op ${days.nl(f)})`,
  en: (f) =>
    `All ${validTests.en(f, f.n)} of the ${f.speed} since ${f.format.date(f.text('since'))} (on ${days.en(f)})`,
};

export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export const inSchoolHours: Clause = {
  nl: (f) => `Onder schooltijd haalde de ${f.speed} de norm in ${ratio.nl(f)} op ${days.nl(f)}.`,
  en: (f) => `In school hours the ${f.speed} reached the norm in ${ratio.en(f)} on ${days.en(f)}.`,
};

export const certainAtLeast: Clause = {
  nl: (f) =>
    `Met ${certainty(f)} zekerheid lukt dat minstens ${f.format.percent(f.low)} van de keren; nodig is ${f.format.percent(f.required)}.`,
  en: (f) =>
    `With ${certainty(f)} certainty it does so at least ${f.format.percent(f.low)} of the time; ${f.format.percent(f.required)} is needed.`,
};

export const certainUnder: Clause = {
  nl: (f) =>
    `Met ${certainty(f)} zekerheid lukt dat hoogstens ${f.format.percent(f.high)} van de keren; onder ${f.format.percent(f.required)} schiet de lijn tekort.`,
  en: (f) =>
    `With ${certainty(f)} certainty it does so at most ${f.format.percent(f.high)} of the time; under ${f.format.percent(f.required)} the line falls short.`,
};

export const certainBetween: Clause = {
  nl: (f) =>
    `Dat is nog niet duidelijk genoeg: met ${certainty(f)} zekerheid ligt het aandeel tussen ${f.format.percent(f.low)} en ${f.format.percent(f.high)}.`,
  en: (f) =>
    `That is not clear enough yet: with ${certainty(f)} certainty the share lies between ${f.format.percent(f.low)} and ${f.format.percent(f.high)}.`,
};

/** Enough for a verdict: 20 geldige metingen op 5 dagen. */
export const least: Clause = {
  nl: (f) =>
    `${validTests.nl(f, f.number('minTests'))} op ${f.format.counted(f.number('minDays'), 'dag', 'dagen')}`,
  en: (f) =>
    `${validTests.en(f, f.number('minTests'))} on ${f.format.counted(f.number('minDays'), 'day', 'days')}`,
};

/** What is still lacking: tests, days to spread them over, or both. */
export const lacking: Clause = {
  nl: (f) => {
    const more = f.format.counted(f.number('days'), 'andere dag', 'andere dagen');
    if (f.n === 0) return `geldige metingen op minstens ${more}`;
    const tests = `minstens ${validTests.nl(f, f.n)}`;
    return f.number('days') === 0 ? tests : `${tests}, verdeeld over minstens ${more}`;
  },
  en: (f) => {
    const more = f.format.counted(f.number('days'), 'other day', 'other days');
    if (f.n === 0) return `valid tests on at least ${more}`;
    const tests = `at least ${validTests.en(f, f.n)}`;
    return f.number('days') === 0 ? tests : `${tests}, spread over at least ${more}`;
  },
};

export const fullBy: Clause = {
  nl: (f) => FULL_BY[causeOf(f)].nl,
  en: (f) => FULL_BY[causeOf(f)].en,
};

export const excluded: Clause = {
  nl: (f) => {
    const all = f.format.counted(f.n, 'meting', 'metingen');
    const out = f.number('excluded');
    if (out === 0) return `Alle metingen (${f.format.count(f.n)}) telden volledig mee.`;
    const causes = causesOf(f).map(
      ([code, n]) => `${f.format.count(n)} keer omdat ${f.cause(code)}`,
    );
    return `Van ${all} ${out === 1 ? 'telde er 1' : `telden er ${f.format.count(out)}`} (${f.format.percent(f.observed)}) niet of niet helemaal mee: ${f.format.list(causes)}.`;
  },
  en: (f) => {
    const all = f.format.counted(f.n, 'test', 'tests');
    const out = f.number('excluded');
    if (out === 0) return `All tests (${f.format.count(f.n)}) counted in full.`;
    const causes = causesOf(f).map(([code, n]) => `${f.format.count(n)}× because ${f.cause(code)}`);
    return `Of ${all}, ${f.format.count(out)} (${f.format.percent(f.observed)}) did not count, or not in full: ${f.format.list(causes)}.`;
  },
};

const ratio: Clause = {
  nl: (f) => `${f.format.count(f.number('passes'))} van ${validTests.nl(f, f.n)}`,
  en: (f) => `${f.format.count(f.number('passes'))} of ${validTests.en(f, f.n)}`,
};

const validTests = {
  nl: (f: Facts, n: number) => f.format.counted(n, 'geldige meting', 'geldige metingen'),
  en: (f: Facts, n: number) => f.format.counted(n, 'valid test', 'valid tests'),
};

const FULL_BY = {
  school: {
    nl: 'De lijn zelf is goed; de school gebruikt hem onder schooltijd vol.',
    en: 'The line itself is good; the school fills it in school hours.',
  },
  others: {
    nl: 'De school gebruikte de lijn toen zelf nauwelijks: het ligt aan het netwerk van de aanbieder.',
    en: 'The school itself hardly used the line then: the cause lies in the provider’s network.',
  },
  unknown: {
    nl: 'De lijn zelf is goed, maar onder schooltijd vol; of dat door de school zelf komt, is hier niet te zien.',
    en: 'The line itself is good, but full in school hours; whether by the school itself cannot be seen from here.',
  },
} as const;

function causeOf(f: Facts): keyof typeof FULL_BY {
  const cause = f.text('cause');
  return cause === 'school' || cause === 'others' ? cause : 'unknown';
}

function certainty(f: Facts): string {
  return f.format.percent(f.number('confidence'));
}

function causesOf(f: Facts): readonly (readonly [string, number])[] {
  return f.detail.filter(([name]) => isCause(name)).slice(0, MAX_CAUSES);
}
