// Flat sheets to the bytes of an .xlsx: numbers are numbers, dates are dates, text is text and is
// never a formula.
import writeExcelFile, { type CellObject, type Sheet } from 'write-excel-file/node';
import type { Cell, ColumnKind, FlatSheet } from './sheet.ts';

/** Excel's own formats; it shows them by the reader's locale. */
const FORMATS: Readonly<Record<ColumnKind, string>> = {
  text: 'General',
  term: 'General',
  count: '#,##0',
  decimal: '#,##0.0#',
  share: '0.0%',
  percent: '0.0%',
  money: '#,##0.00',
  date: 'yyyy-mm-dd',
};
const WIDTHS: Readonly<Record<ColumnKind, number>> = {
  text: 24,
  term: 18,
  count: 10,
  decimal: 12,
  share: 10,
  percent: 10,
  money: 14,
  date: 12,
};
/** Excel's own limits. */
const MAX_TEXT = 32_767;
const MAX_SHEET_NAME = 31;

export async function workbookOf(sheets: readonly FlatSheet[]): Promise<Uint8Array> {
  const written: Sheet<Buffer>[] = sheets.map((sheet) => ({
    sheet: sheet.name.slice(0, MAX_SHEET_NAME),
    columns: sheet.kinds.map((kind) => ({ width: WIDTHS[kind] })),
    stickyRowsCount: 1,
    data: [
      sheet.headers.map((header) => ({ value: header, type: String, fontWeight: 'bold' as const })),
      ...sheet.rows.map((row) => row.map((cell, at) => excelCell(cell, sheet.kinds[at]))),
    ],
  }));
  return Uint8Array.from(await writeExcelFile(written).toBuffer());
}

function excelCell(cell: Cell, kind: ColumnKind = 'text'): CellObject | null {
  if (cell === null || cell === '') return null;
  const format = FORMATS[kind];
  if (kind === 'date') return { value: new Date(`${cell}T00:00:00Z`), type: Date, format };
  if (typeof cell === 'number') return { value: cell, type: Number, format };
  return { value: cell.slice(0, MAX_TEXT), type: String };
}
