// Pupils of each location from DUO's files of counts. Several rows of a location (kinds of
// education, years, home postcodes) are added up. DUO hides counts of 1 to 4 as `<5`. Pure.
import { nameIn, pick } from './columns.ts';
import { badImport, type Fault } from './fault.ts';
import { type CountColumns, countColumns } from './pupil-columns.ts';
import { BRANCH, locationCode, SCHOOL } from './school-code.ts';
import type { Row, Table } from './table.ts';

/** The true count is in between; the same where nothing is hidden. */
export interface PupilCount {
  readonly least: number;
  readonly most: number;
}

/** Columns by which rows of different years can be told; a sum over years is no count. */
const YEAR = ['PEILJAAR', 'SCHOOLJAAR', 'PEILDATUM LEERLINGEN', 'PEILDATUM'] as const;

/** By location. Throws `bad_import` listing every fault of the file. */
export function parsePupils(table: Table): ReadonlyMap<string, PupilCount> {
  const columns = countColumns(table) ?? { groups: [] };
  const faults: Fault[] = yearFaults(table);
  const counts = new Map<string, PupilCount>();
  for (const row of table.rows) {
    const code = locationCode(row.line, pick(table, row, SCHOOL), pick(table, row, BRANCH));
    const count = countOf(row, columns);
    if (typeof code !== 'string') faults.push(code);
    if ('faults' in count) faults.push(...count.faults);
    if (typeof code !== 'string' || 'faults' in count) continue;
    const earlier = counts.get(code) ?? { least: 0, most: 0 };
    counts.set(code, { least: earlier.least + count.least, most: earlier.most + count.most });
  }
  if (faults.length > 0) throw badImport(table.file, faults);
  return counts;
}

/** The whole number in the middle, and how far it may be off. */
export function pupilsOf({ least, most }: PupilCount): { pupils: number; pupilsMargin?: number } {
  const pupils = Math.round((least + most) / 2);
  const margin = Math.max(most - pupils, pupils - least);
  return { pupils, ...(margin === 0 ? {} : { pupilsMargin: margin }) };
}

function yearFaults(table: Table): Fault[] {
  const column = nameIn(table, YEAR);
  if (column === undefined) return [];
  const years = [...new Set(table.rows.map((row) => row.get(column)).filter(Boolean))].sort();
  if (years.length < 2) return [];
  const message = `has rows of ${years.join(', ')}; give a file of one of them`;
  return [{ line: 1, column, message }];
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
    } else if (/^[0-9]+$/.test(text)) {
      least += Number(text);
      most += Number(text);
    } else if (text !== '') {
      const message = `${JSON.stringify(text)} is no count; it is a whole number or <5`;
      faults.push({ line: row.line, column, message });
    }
  }
  return faults.length > 0 ? { faults } : { least, most };
}
