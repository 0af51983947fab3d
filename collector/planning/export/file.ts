// Rows to a file of the asked format. A CSV holds the first sheet; a workbook all of them and what
// they rest on.
import type { FileQuery, PlanningBasis } from '#shared/wire/planning.ts';
import { localDay } from '../../dossiers/local-day.ts';
import { basisSheet } from './basis-sheet.ts';
import { CSV_TYPE, csvPieces } from './csv.ts';
import { type FlatSheet, flatten, type Language, type Sheet } from './sheet.ts';
import { writeXlsx, XLSX_TYPE } from './xlsx.ts';

export interface ExportFile {
  /** `meetnet-planning-2026-03-29.csv`. */
  readonly name: string;
  readonly contentType: string;
  /** Text in pieces, or bytes. */
  readonly body: Iterable<string> | Uint8Array;
}

export type FileFormat = Exclude<FileQuery['format'], 'json'>;

export interface FileOptions extends Pick<FileQuery, 'language' | 'decimal'> {
  readonly format: FileFormat;
  /** Of the file, between `meetnet-` and the day. */
  readonly name: string;
  readonly basis: PlanningBasis;
}

/** The sheets of one file, of whatever rows. */
export type Sheets = readonly [Flattened, ...Flattened[]];
export type Flattened = (language: Language) => FlatSheet;

export function flattened<Row>(sheet: Sheet<Row>): Flattened {
  return (language) => flatten(sheet, language);
}

/** Rejects with `internal_error`. */
export async function exportFile(sheets: Sheets, options: FileOptions): Promise<ExportFile> {
  const { format, language, decimal, basis } = options;
  const name = `meetnet-${options.name}-${localDay(Date.parse(basis.at))}.${format}`;
  if (format === 'csv') {
    return { name, contentType: CSV_TYPE, body: csvPieces(sheets[0](language), decimal) };
  }
  const all = [...sheets, flattened(basisSheet(basis))];
  return {
    name,
    contentType: XLSX_TYPE,
    body: await writeXlsx(all.map((sheet) => sheet(language))),
  };
}
