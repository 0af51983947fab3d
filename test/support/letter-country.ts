// A country in the figures of the minister's letter of 2019, as files in DUO's layouts: 9,000
// locations in primary and secondary education, 100 of them short of the norm. Every name and
// number is made up; how the hundred divide over the answers is ours where the letter is silent.
import type { ImportFile } from '#collector/import/read-files.ts';
import { commaUtf8, currentRows, semicolonCp1252 } from '#test/collector/import/duo-files.ts';

export const LOCATIONS = 9000;
const PRIMARY = 7500;
/** One in ninety falls short. */
const SHORT_EVERY = 90;
const FIRST_SHORT = 45;

/** "Seven schools applied"; the letter gives no figures for the others. */
export const ANSWERS = { applied: 7, suffices: 52, too_costly: 28, maatwerk: 13 } as const;
export type Answer = keyof typeof ANSWERS;

/** Euros, of those that applied: on both sides of the scheme's bound of € 15,000. */
export const APPLIED_OFFERS = [6_000, 10_000, 12_000, 15_000, 20_000, 30_000, 40_000] as const;
export const MAATWERK_OFFER = 20_000;
/** Of the maatwerk locations, by number: within a kilometre of each other. */
export const NEAR_GROUPS = [
  [0, 1, 2],
  [3, 4],
] as const;

export interface ShortLocation {
  readonly id: string;
  readonly answer: Answer;
  /** From 0 within its answer. */
  readonly number: number;
  readonly pupils: number;
}

/** The hundred, in the order of their places in the files. */
export function shortLocations(): readonly ShortLocation[] {
  const answers = Object.entries(ANSWERS).flatMap(([answer, count]) =>
    Array.from({ length: count }, (_, number) => ({ answer: answer as Answer, number })),
  );
  return answers.map((each, at) => {
    const index = FIRST_SHORT + at * SHORT_EVERY;
    return { id: locationId(index), ...each, pupils: pupilsOf(index) };
  });
}

/** Locations, pupils, boards, and where postcodes lie. */
export function letterFiles(): readonly ImportFile[] {
  const all = Array.from({ length: LOCATIONS }, (_, index) => index);
  const pupils = (indices: readonly number[]) => [
    ['INSTELLINGSCODE', 'VESTIGINGSCODE', 'GEMEENTENAAM', 'AANTAL LEERLINGEN'],
    ...indices.map((index) => [
      ...[locationId(index).slice(0, 4), locationId(index)],
      ...[municipality(index), String(pupilsOf(index))],
    ]),
  ];
  const [primary, secondary] = [all.slice(0, PRIMARY), all.slice(PRIMARY)];
  const boards = [...new Set(all.map(boardOf))].map((id) => [id, `Stichting ${id}`]);
  return [
    {
      name: '02.-alle-schoolvestigingen-basisonderwijs.csv',
      bytes: semicolonCp1252(currentRows(...primary.map(duoRow))),
    },
    {
      name: '02.-alle-vestigingen-vo.csv',
      bytes: commaUtf8(currentRows(...secondary.map(duoRow))),
    },
    { name: 'leerlingen-po.csv', bytes: semicolonCp1252(pupils(primary)) },
    { name: 'leerlingen-vo.csv', bytes: semicolonCp1252(pupils(secondary)) },
    {
      name: '05.-bevoegde-gezagen.csv',
      bytes: commaUtf8([['BEVOEGD GEZAG NUMMER', 'BEVOEGD GEZAG NAAM'], ...boards]),
    },
    {
      name: 'postcodes.csv',
      bytes: semicolonCp1252([
        ['POSTCODE', 'LATITUDE', 'LONGITUDE'],
        ...all.map((index) => [postcode(index), ...placeOf(index).map((d) => d.toFixed(6))]),
      ]),
    },
  ];
}

/** Two locations a school: `00AA00`, `00AA01`, `01AA00`, … */
export function locationId(index: number): string {
  const school = Math.floor(index / 2);
  const letter = (value: number) => String.fromCharCode(65 + (value % 26));
  const hundreds = Math.floor(school / 100);
  const digits = String(school % 100).padStart(2, '0');
  return `${digits}${letter(Math.floor(hundreds / 26))}${letter(hundreds)}0${index % 2}`;
}

export function pupilsOf(index: number): number {
  const at = (index - FIRST_SHORT) / SHORT_EVERY;
  if (!Number.isInteger(at)) return 120 + (index % 300);
  const maatwerk = at - (ANSWERS.applied + ANSWERS.suffices + ANSWERS.too_costly);
  // "It often concerns schools with few pupils."
  return maatwerk >= 0 ? 100 + 10 * maatwerk : 20 + (at % 60);
}

function duoRow(index: number): string[] {
  return [
    ...[`Provincie ${1 + (index % 12)}`, boardOf(index), locationId(index).slice(0, 4)],
    ...[locationId(index), `School ${index}`, 'Schoolstraat', String(1 + (index % 200))],
    ...[postcode(index), `Plaats ${index % 2500}`, String(index % 342).padStart(4, '0')],
    ...[municipality(index), 'Openbaar', '0000000000', 'www.school.example', 'BO'],
  ];
}

function boardOf(index: number): string {
  return String(40_000 + Math.floor(index / 8));
}

function municipality(index: number): string {
  return `Gemeente ${index % 342}`;
}

function postcode(index: number): string {
  return `${1000 + index} AA`;
}

/** A grid of 2.8 by 2 km over the country; those of a near group stand by its first. */
function placeOf(index: number): readonly [number, number] {
  const at = (index - FIRST_SHORT) / SHORT_EVERY;
  const number = at - (ANSWERS.applied + ANSWERS.suffices + ANSWERS.too_costly);
  const group = NEAR_GROUPS.find((members) => members.some((member) => member === number));
  const place = group === undefined ? 0 : number - group[0];
  const from = index - place * SHORT_EVERY;
  return [51 + (from % 95) * 0.025 + place * 0.0036, 4 + Math.floor(from / 95) * 0.03];
}
