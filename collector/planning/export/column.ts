// A column of rows that carry their cells by name: most columns are just that.
import type { Text } from '#shared/wire/api.ts';
import type { Column, ColumnKind } from './sheet.ts';

type Value = ReturnType<Column<never>['value']>;

/** Keys of `Row` whose values can stand in a cell. */
type CellKey<Row> = { [K in keyof Row]-?: Row[K] extends Value ? K : never }[keyof Row];

export function column<Row extends { readonly [K in keyof Row]: unknown }>(
  key: CellKey<Row>,
  kind: ColumnKind,
  nl: string,
  en: string,
  terms?: Readonly<Record<string, Text>>,
): Column<Row> {
  return {
    header: { nl, en },
    kind,
    value: (row) => row[key] as Value,
    ...(terms === undefined ? {} : { terms }),
  };
}
