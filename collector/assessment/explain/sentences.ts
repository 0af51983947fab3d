// A sentence for each rule in each language, for people who run a school: no jargon, figures and
// dates in the language's own form. The rules are listed in rules/reason.ts.
import type { RuleId } from '../rules/reason.ts';
import {
  certainAtLeast,
  certainBetween,
  certainUnder,
  days,
  excluded,
  fullBy,
  inSchoolHours,
  lacking,
  least,
  lowerFirst,
  passed,
  sinceThen,
} from './clauses.ts';
import type { Facts } from './facts.ts';
import type { Language } from './formats.ts';

export type Sentence = Readonly<Record<Language, (facts: Facts) => string>>;

const MEND: Readonly<
  Record<'nic' | 'cpu' | 'wifi' | 'figures' | 'swapped', Readonly<Record<Language, string>>>
> = {
  nic: {
    nl: 'Sluit het meetapparaat aan op een netwerkpoort van 1 Gbit/s, met een kabel van categorie 5e of beter',
    en: 'Connect the measuring device to a 1 Gbit/s network port with a category 5e cable or better',
  },
  cpu: {
    nl: 'Vervang het meetapparaat door een sneller model, of laat het geen ander werk doen',
    en: 'Replace the measuring device by a faster one, or give it no other work to do',
  },
  wifi: {
    nl: 'Sluit het meetapparaat met een kabel aan in plaats van via wifi',
    en: 'Connect the measuring device with a cable instead of Wi-Fi',
  },
  figures: {
    nl: 'Installeer het meetapparaat opnieuw of vervang het: het geeft cijfers die niet kunnen kloppen',
    en: 'Install the measuring device anew or replace it: it reports figures that cannot be right',
  },
  swapped: {
    nl: 'Controleer het meetapparaat: download en upload lijken verwisseld; zijn ze dat niet, dan heeft de lijn een storing',
    en: 'Check the measuring device: download and upload seem to have changed places; if they have not, the line has a fault',
  },
};

export const SENTENCES: Readonly<Record<RuleId, Sentence>> = {
  capacity_meets: {
    nl: (f) => `${passed.nl(f)} ${certainAtLeast.nl(f)}`,
    en: (f) => `${passed.en(f)} ${certainAtLeast.en(f)}`,
  },
  capacity_meets_flagged: {
    nl: (f) =>
      `${passed.nl(f)} Metingen met een beperking zijn hier meegeteld: als ze de norm niet haalden, in het nadeel van de lijn. ${certainAtLeast.nl(f)}`,
    en: (f) =>
      `${passed.en(f)} Tests with a limitation were counted here, against the line when they missed the norm. ${certainAtLeast.en(f)}`,
  },
  capacity_meets_any_hour: {
    nl: (f) =>
      `${passed.nl(f)} Metingen op elk uur zijn hier meegeteld, ook terwijl de lijn in gebruik kan zijn geweest: als ze de norm niet haalden, in het nadeel van de lijn. ${certainAtLeast.nl(f)}`,
    en: (f) =>
      `${passed.en(f)} Tests at any hour were counted here, also while the line may have been in use, against the line when they missed the norm. ${certainAtLeast.en(f)}`,
  },
  capacity_below: {
    nl: (f) => `${passed.nl(f)} ${certainUnder.nl(f)}`,
    en: (f) => `${passed.en(f)} ${certainUnder.en(f)}`,
  },
  capacity_intermittent: {
    nl: (f) => `${passed.nl(f)} De norm wordt dus niet steeds gehaald.`,
    en: (f) => `${passed.en(f)} So the norm is not always reached.`,
  },
  capacity_open: {
    nl: (f) => `${passed.nl(f)} ${certainBetween.nl(f)}`,
    en: (f) => `${passed.en(f)} ${certainBetween.en(f)}`,
  },
  capacity_too_few: {
    nl: (f) =>
      `${f.n === 0 ? `Er telt nog geen enkele meting van de ${f.speed} op een rustige lijn.` : passed.nl(f)} Voor een oordeel zijn minstens ${least.nl(f)} nodig.`,
    en: (f) =>
      `${f.n === 0 ? `No test of the ${f.speed} on a quiet line counts yet.` : passed.en(f)} A verdict needs at least ${least.en(f)}.`,
  },
  clean_passes: {
    nl: (f) =>
      `De ${f.speed} haalde de norm ${f.format.count(f.n)} keer, op ${days.nl(f)}. De lijn kán de norm dus halen en wordt daarom niet als ‘onder de norm’ aangemerkt.`,
    en: (f) =>
      `The ${f.speed} reached the norm ${f.format.count(f.n)} times, on ${days.en(f)}. So the line is able to, and is not called ‘below the norm’.`,
  },
  capacity_recovered: {
    nl: (f) =>
      `${sinceThen.nl(f)} haalden de norm. Daarvoor was dat niet steeds zo; wat er sindsdien is gemeten, is op zichzelf genoeg om te zeggen dat de lijn nu voldoet.`,
    en: (f) =>
      `${sinceThen.en(f)} reached the norm. Before that it was not always so; what was measured since is enough by itself to say that the line meets it now.`,
  },
  capacity_fallen: {
    nl: (f) =>
      `${sinceThen.nl(f)} haalden de norm niet, terwijl de lijn hem daarvoor meestal haalde. Dit lijkt een storing of een wijziging: vraag de aanbieder ernaar.`,
    en: (f) =>
      `${sinceThen.en(f)} missed the norm, while the line mostly reached it before. This looks like a fault or a change: ask the provider about it.`,
  },
  level_changed: {
    nl: (f) =>
      `De ${f.speed} is op ${f.format.date(f.text('at'))} plotseling veranderd: van doorgaans ${f.format.mbps(f.number('before'))} naar ${f.format.mbps(f.observed)} (${f.format.counted(f.n, 'meting', 'metingen')} sindsdien).`,
    en: (f) =>
      `The ${f.speed} changed suddenly on ${f.format.date(f.text('at'))}: from typically ${f.format.mbps(f.number('before'))} to ${f.format.mbps(f.observed)} (${f.format.counted(f.n, 'test', 'tests')} since).`,
  },
  typical_speed: {
    nl: (f) =>
      `De ${f.speed} was in die metingen doorgaans ${f.format.mbps(f.observed)}; de norm is ${f.format.mbps(f.number('norm'))}.`,
    en: (f) =>
      `The ${f.speed} in those tests was typically ${f.format.mbps(f.observed)}; the norm is ${f.format.mbps(f.number('norm'))}.`,
  },
  use_fine: {
    nl: (f) => inSchoolHours.nl(f),
    en: (f) => inSchoolHours.en(f),
  },
  use_recovered: {
    nl: (f) =>
      `Onder schooltijd: ${lowerFirst(sinceThen.nl(f))} haalden de norm; daarvoor was dat niet steeds zo.`,
    en: (f) =>
      `In school hours: ${lowerFirst(sinceThen.en(f))} reached the norm; before that it was not always so.`,
  },
  use_intermittent: {
    nl: (f) => (f.has('cause') ? `${inSchoolHours.nl(f)} ${fullBy.nl(f)}` : inSchoolHours.nl(f)),
    en: (f) => (f.has('cause') ? `${inSchoolHours.en(f)} ${fullBy.en(f)}` : inSchoolHours.en(f)),
  },
  use_too_few: {
    nl: (f) =>
      `Onder schooltijd ${f.n === 0 ? 'is er nog geen geldige meting' : `${f.n === 1 ? 'is' : 'zijn'} er pas ${f.format.counted(f.n, 'geldige meting', 'geldige metingen')} op ${days.nl(f)}`}; daarover kan iets worden gezegd na minstens ${least.nl(f)}.`,
    en: (f) =>
      `There ${f.n === 1 ? 'is' : 'are'} ${f.n === 0 ? 'no valid tests' : `only ${f.format.counted(f.n, 'valid test', 'valid tests')} on ${days.en(f)}`} in school hours yet; something can be said of those after at least ${least.en(f)}.`,
  },
  missing_tests: {
    nl: (f) =>
      `Nog nodig op een rustige lijn: ${lacking.nl(f)}${f.has('expectedAt') ? `; verwacht rond ${f.format.date(f.text('expectedAt'))}` : ''}.`,
    en: (f) =>
      `Still needed on a quiet line: ${lacking.en(f)}${f.has('expectedAt') ? `; expected around ${f.format.date(f.text('expectedAt'))}` : ''}.`,
  },
  rate_too_low: {
    nl: (f) =>
      `In dit tempo komen er in ${f.format.counted(f.number('windowDays'), 'dag', 'dagen')} maar ${f.format.counted(Math.floor(f.observed), 'bruikbare meting', 'bruikbare metingen')} bij elkaar en zijn de ${f.format.count(f.required)} die nodig zijn niet te verwachten.`,
    en: (f) =>
      `At this pace only ${f.format.counted(Math.floor(f.observed), 'usable test', 'usable tests')} will come together in ${f.format.counted(f.number('windowDays'), 'day', 'days')}, so the ${f.format.count(f.required)} that are needed cannot be expected.`,
  },
  open_needs: {
    nl: (f) =>
      `Als de ${f.n === 1 ? 'volgende meting' : `volgende ${f.format.count(f.n)} metingen`} van de ${f.speed} de norm ${f.n === 1 ? 'haalt' : 'halen'}, voldoet de lijn${f.has('expectedAt') ? `; dat kan rond ${f.format.date(f.text('expectedAt'))}` : ''}.`,
    en: (f) =>
      `If the next ${f.n === 1 ? 'test' : `${f.format.count(f.n)} tests`} of the ${f.speed} ${f.n === 1 ? 'reaches' : 'reach'} the norm, the line meets it${f.has('expectedAt') ? `; that may be around ${f.format.date(f.text('expectedAt'))}` : ''}.`,
  },
  device_unfit: {
    nl: (f) =>
      `Bij ${f.format.count(f.number('flagged'))} van ${f.format.counted(f.n, 'meting', 'metingen')} was het meetapparaat of de aansluiting ervan zelf de beperking. Over de lijn kan zo niets worden gezegd.`,
    en: (f) =>
      `In ${f.format.count(f.number('flagged'))} of ${f.format.counted(f.n, 'test', 'tests')} the measuring device or its connection was itself the limit. Nothing can be said of the line that way.`,
  },
  mend_nic_limited: mend('nic'),
  mend_cpu_limited: mend('cpu'),
  mend_too_slow: {
    nl: (f) =>
      `Vervang het meetapparaat door een sneller model: volgens zijn eigen zelftest kan het een ${f.speed} tot ${f.format.mbps(f.observed)} aan, en ${f.format.mbps(f.required)} is nodig (bij ${f.format.counted(f.n, 'meting', 'metingen')}).`,
    en: (f) =>
      `Replace the measuring device by a faster one: by its own self-test it can handle a ${f.speed} of up to ${f.format.mbps(f.observed)}, and ${f.format.mbps(f.required)} is needed (in ${f.format.counted(f.n, 'test', 'tests')}).`,
  },
  mend_wifi: mend('wifi'),
  mend_figures: mend('figures'),
  mend_swapped: mend('swapped'),
  no_device: {
    nl: () => 'Er is nog geen meetapparaat aangemeld.',
    en: () => 'No measuring device has been registered yet.',
  },
  never_measured: {
    nl: () => 'Het meetapparaat is aangemeld, maar heeft nog niet gemeten.',
    en: () => 'The measuring device is registered, but has not measured yet.',
  },
  silent: {
    nl: (f) =>
      `Het meetapparaat heeft zich sinds ${f.format.date(f.text('since'))} niet meer gemeld. Het staat uit, of de lijn is weg.`,
    en: (f) =>
      `The measuring device has not been heard of since ${f.format.date(f.text('since'))}. It is off, or the line is down.`,
  },
  line_down: {
    nl: (f) =>
      `De lijn was sinds ${f.format.date(f.text('since'))} ${f.format.counted(f.number('hours'), 'uur', 'uur')} weg, ${f.format.percent(f.observed)} van de waargenomen tijd. Het meetapparaat werkte toen wel en zag dat zelf.`,
    en: (f) =>
      `The line was down for ${f.format.counted(f.number('hours'), 'hour', 'hours')} since ${f.format.date(f.text('since'))}, ${f.format.percent(f.observed)} of the time observed. The measuring device was running and saw so itself.`,
  },
  device_off: {
    nl: (f) =>
      f.has('since')
        ? `Het meetapparaat is op ${f.format.date(f.text('since'))} uitgezet en heeft zich sindsdien niet meer gemeld.`
        : `Het meetapparaat stond in deze periode ${f.format.counted(f.number('hours'), 'uur', 'uur')} uit. Over de lijn zegt dat niets.`,
    en: (f) =>
      f.has('since')
        ? `The measuring device was switched off on ${f.format.date(f.text('since'))} and has not been heard of since.`
        : `The measuring device was off for ${f.format.counted(f.number('hours'), 'hour', 'hours')} of this period. That says nothing of the line.`,
  },
  no_tests: {
    nl: (f) =>
      `Het meetapparaat heeft wel contact, maar heeft sinds ${f.format.date(f.text('since'))} niet meer gemeten.`,
    en: (f) =>
      `The measuring device is in contact, but has not measured since ${f.format.date(f.text('since'))}.`,
  },
  only_failures: {
    nl: (f) =>
      `Geen enkele van de ${f.format.counted(f.n, 'meting', 'metingen')} is gelukt, meestal omdat ${f.cause(f.text('failure'))}. De laatste poging was op ${f.format.date(f.text('lastAt'))}.`,
    en: (f) =>
      `None of the ${f.format.counted(f.n, 'test', 'tests')} succeeded, mostly because ${f.cause(f.text('failure'))}. The last try was on ${f.format.date(f.text('lastAt'))}.`,
  },
  disqualified: {
    nl: (f) => (f.n === 0 ? 'Er zijn in deze periode geen metingen.' : excluded.nl(f)),
    en: (f) => (f.n === 0 ? 'There are no tests in this period.' : excluded.en(f)),
  },
  at_risk: {
    nl: (f) =>
      `Let op: het meetapparaat heeft zich sinds ${f.format.date(f.text('since'))} niet meer gemeld.`,
    en: (f) =>
      `Note: the measuring device has not been heard of since ${f.format.date(f.text('since'))}.`,
  },
  line_decides: {
    nl: (f) =>
      `Deze locatie heeft ${f.format.count(f.number('lines'))} hoofdlijnen; ‘${f.text('line')}’ geeft de doorslag.`,
    en: (f) =>
      `This location has ${f.format.count(f.number('lines'))} main lines; ‘${f.text('line')}’ decides.`,
  },
  line_without_data: {
    nl: (f) =>
      `Van ‘${f.text('line')}’, een van de ${f.format.count(f.number('lines'))} hoofdlijnen, zijn er geen gegevens.`,
    en: (f) =>
      `There are no data from ‘${f.text('line')}’, one of the ${f.format.count(f.number('lines'))} main lines.`,
  },
};

function mend(part: keyof typeof MEND): Sentence {
  return {
    nl: (f) => `${MEND[part].nl} (bij ${f.format.counted(f.n, 'meting', 'metingen')}).`,
    en: (f) => `${MEND[part].en} (in ${f.format.counted(f.n, 'test', 'tests')}).`,
  };
}
