// CSV as RFC 4180 has it: CRLF, quotes where they are needed, UTF-8 with a byte order mark, because
// Excel takes a file without one for Windows-1252. Pure.
import type { Cell, ColumnKind, FlatSheet } from './sheet.ts';

/** `comma`: what a Dutch Excel opens by itself, with semicolons between the cells. */
export type DecimalMark = 'point' | 'comma';

export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

const BYTE_ORDER_MARK = '\uFEFF';
const ROWS_PER_PIECE = 500;

/**
 * What a spreadsheet would run as a formula (OWASP, CSV injection), the full-width forms included.
 * It gets an apostrophe before it, which spreadsheets show as text; numbers are never touched.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/** In pieces, so that whoever sends it can let others have a turn. */
export function* csvPieces(sheet: FlatSheet, decimal: DecimalMark): Generator<string> {
  const separator = decimal === 'comma' ? ';' : ',';
  const line = (cells: readonly string[]) => `${cells.join(separator)}\r\n`;
  yield BYTE_ORDER_MARK + line(sheet.headers.map((header) => textCell(header, separator)));
  for (let at = 0; at < sheet.rows.length; at += ROWS_PER_PIECE) {
    yield sheet.rows
      .slice(at, at + ROWS_PER_PIECE)
      .map((row) =>
        line(row.map((cell, index) => csvCell(cell, sheet.kinds[index], separator, decimal))),
      )
      .join('');
  }
}

function csvCell(
  cell: Cell,
  kind: ColumnKind | undefined,
  separator: string,
  decimal: DecimalMark,
): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return textCell(cell, separator);
  const digits = digitsOf(cell, kind);
  return decimal === 'comma' ? digits.replace('.', ',') : digits;
}

function digitsOf(cell: number, kind: ColumnKind | undefined): string {
  if (kind === 'money') return cell.toFixed(2);
  // Rows have four decimals of a share; the product of binary fractions has more.
  if (kind === 'percent') return String(Number((100 * cell).toFixed(2)));
  return String(cell);
}

function textCell(text: string, separator: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  const needsQuotes = /["\r\n]|^\s|\s$/.test(safe) || safe.includes(separator);
  return needsQuotes ? `"${safe.replaceAll('"', '""')}"` : safe;
}
