// Pupils of each location from DUO's files of counts. Several rows of a location (kinds of
// education, years, home postcodes) are added up. DUO hides counts of 1 to 4 as `<5`; an empty cell
// or a dash says nothing, and never 0. Pure.
import { nameIn, pick } from './columns.ts';
import { type Fault, refuseFaults } from './fault.ts';
import { type CountColumns, countColumns } from './pupil-columns.ts';
import { BRANCH, locationCode, SCHOOL } from './school-code.ts';
import type { Row, Table } from './table.ts';

/** The true count is in between; the same where nothing is hidden. `most` is Infinity where a part is unknown. */
export interface PupilCount {
  readonly least: number;
  readonly most: number;
}

export interface FilePupils {
  /** Of 1 October, as a column or the file's name says it. */
  readonly year: number | undefined;
  readonly counts: ReadonlyMap<string, PupilCount>;
}

/** Columns by which rows of different years can be told; a sum over years is no count. */
const YEAR = ['PEILJAAR', 'SCHOOLJAAR', 'PEILDATUM LEERLINGEN', 'PEILDATUM'] as const;
/** A year, by itself or before a month and a day. */
const YEAR_IN_TEXT = /(?<![0-9])(20[0-9]{2})(?:[0-9]{4})?(?![0-9])/g;

/** Throws `bad_import` listing every fault of the file. */
export function parsePupils(table: Table): FilePupils {
  const columns = countColumns(table) ?? { groups: [] };
  const { year, faults } = yearOf(table);
  const counts = new Map<string, PupilCount>();
  const seen = new Map<string, number>();
  for (const row of table.rows) {
    const cells = table.columns.map(row.get).join('\n');
    const twin = seen.get(cells);
    if (twin !== undefined) {
      const message = `is the same as line ${twin}, and would be counted twice; remove one of them`;
      faults.push({ line: row.line, message });
      continue;
    }
    seen.set(cells, row.line);
    const code = locationCode(row.line, pick(table, row, SCHOOL), pick(table, row, BRANCH));
    const count = countOf(row, columns);
    if (typeof code !== 'string') faults.push(code);
    if ('faults' in count) faults.push(...count.faults);
    if (typeof code !== 'string' || 'faults' in count) continue;
    const earlier = counts.get(code) ?? { least: 0, most: 0 };
    counts.set(code, { least: earlier.least + count.least, most: earlier.most + count.most });
  }
  refuseFaults(table, faults);
  return { year, counts };
}

/** Of a known count: the whole number in the middle, and how far it may be off. */
export function pupilsOf({ least, most }: PupilCount): { pupils: number; pupilsMargin?: number } {
  const pupils = Math.round((least + most) / 2);
  const margin = Math.max(most - pupils, pupils - least);
  return { pupils, ...(margin === 0 ? {} : { pupilsMargin: margin }) };
}

function yearOf(table: Table): { year: number | undefined; faults: Fault[] } {
  const column = nameIn(table, YEAR);
  const values =
    column === undefined
      ? []
      : [...new Set(table.rows.map((row) => row.get(column)).filter(Boolean))].sort();
  const year = yearIn(values[0] ?? '') ?? yearIn(table.file.split(/[\\/]/).at(-1) ?? '');
  if (column === undefined || values.length < 2) return { year, faults: [] };
  const message = `has rows of ${values.join(', ')}; give a file of one of them`;
  return { year, faults: [{ line: 1, column, message }] };
}

/** Of a school year, such as 2025-2026, its first. */
function yearIn(text: string): number | undefined {
  const years = [...new Set([...text.matchAll(YEAR_IN_TEXT)].map(([, year]) => Number(year)))];
  const [first, second, ...more] = years;
  if (first === undefined || more.length > 0) return undefined;
  return second === undefined || second === first + 1 ? first : undefined;
}

function countOf(row: Row, columns: CountColumns): PupilCount | { faults: readonly Fault[] } {
  const { total, groups } = columns;
  // A hidden total may still be known better from its parts, and the other way round.
  const readings = [
    ...(total === undefined ? [] : [[total]]),
    ...(groups.length > 0 ? [groups] : []),
  ];
  const counts: PupilCount[] = [];
  const faults: Fault[] = [];
  for (const names of readings) {
    const count = sumOf(row, names);
    if ('faults' in count) faults.push(...count.faults);
    else counts.push(count);
  }
  if (faults.length > 0) return { faults };
  return counts.reduce((best, each) => (widthOf(each) < widthOf(best) ? each : best));
}

export function widthOf({ least, most }: PupilCount): number {
  return most - least;
}

function sumOf(row: Row, names: readonly string[]): PupilCount | { faults: readonly Fault[] } {
  let [least, most] = [0, 0];
  const faults: Fault[] = [];
  for (const column of names) {
    const text = row.get(column);
    if (/^<\s*5$/.test(text)) {
      least += 1;
      most += 4;
    } else if (text === '' || text === '-') {
      most = Number.POSITIVE_INFINITY;
    } else if (/^[0-9]{1,6}$/.test(text)) {
      least += Number(text);
      most += Number(text);
    } else {
      const message = `${JSON.stringify(text)} is no count; it is a whole number, <5, or empty where it is unknown`;
      faults.push({ line: row.line, column, message });
    }
  }
  return faults.length > 0 ? { faults } : { least, most };
}
