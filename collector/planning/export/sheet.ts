// A table to export: what its columns are called in both languages, what kind of value each holds,
// and how a row fills it. Flattened, it is what CSV and XLSX are both written from.
import type { Text } from '#shared/wire/api.ts';
import { localDay } from '../../dossiers/local-day.ts';

export type Language = keyof Text;

/**
 * `term`: a word of a fixed vocabulary. `share`: a fraction of 1. `percent`: a fraction of 1 in the
 * row and in the cell, hundredths where a format cannot show them as such, because its header says
 * so. `money`: whole cents in the row, euros in the cell. `date`: ISO 8601 in the row, the schools' own day in the cell.
 */
export type ColumnKind =
  | 'text'
  | 'term'
  | 'count'
  | 'decimal'
  | 'share'
  | 'percent'
  | 'money'
  | 'date';

export interface Column<Row> {
  readonly header: Text;
  readonly kind: ColumnKind;
  /** A text is put in the language of the sheet. */
  readonly value: (row: Row) => string | number | readonly string[] | Text | null;
  /** For `term`; a word that is not in it stands as it is. */
  readonly terms?: Readonly<Record<string, Text>>;
}

export interface Sheet<Row> {
  readonly name: Text;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

/** A date is text, `2026-03-29`; the column's kind tells it from other text. */
export type Cell = string | number | null;

/** Plain values alone: it can go to another thread. */
export interface FlatSheet {
  readonly name: string;
  readonly headers: readonly string[];
  readonly kinds: readonly ColumnKind[];
  readonly rows: readonly (readonly Cell[])[];
}

export function flatten<Row>(sheet: Sheet<Row>, language: Language): FlatSheet {
  return {
    name: sheet.name[language],
    headers: sheet.columns.map(({ header }) => header[language]),
    kinds: sheet.columns.map(({ kind }) => kind),
    rows: sheet.rows.map((row) => sheet.columns.map((column) => cellOf(column, row, language))),
  };
}

function cellOf<Row>({ kind, value, terms }: Column<Row>, row: Row, language: Language): Cell {
  const plain = value(row);
  if (plain === null) return null;
  if (typeof plain === 'number') return kind === 'money' ? plain / 100 : plain;
  if (typeof plain !== 'string') {
    if ('nl' in plain) return plain[language];
    return plain.length === 0 ? null : plain.join(' · ');
  }
  switch (kind) {
    case 'term':
      return terms?.[plain]?.[language] ?? plain;
    case 'date':
      return localDay(Date.parse(plain));
    default:
      return plain;
  }
}
