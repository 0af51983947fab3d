// A table that sorts by its headings and, on a narrow screen, becomes a list of cards with the
// headings as labels (data-table.css). Does not sort or cut rows itself.
import type { ReactNode } from 'react';
import { useLanguage } from '../i18n/language.tsx';

export interface Column<Row> {
  readonly key: string;
  readonly header: string;
  /** Beside the header, smaller: a unit or a layer. */
  readonly headerNote?: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand at the end. */
  readonly align?: 'end';
  readonly isSortable?: boolean;
  /** Takes a whole line of a narrow screen's card. */
  readonly isWide?: boolean;
}

export interface TableSort {
  readonly key: string;
  readonly descending: boolean;
  readonly onSort: (key: string) => void;
}

interface DataTableProps<Row> {
  readonly caption: string;
  /** The first column names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly sort?: TableSort;
}

export function DataTable<Row>({ caption, columns, rows, rowKey, sort }: DataTableProps<Row>) {
  return (
    <table className="data-table">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <HeaderCell key={column.key} column={column} sort={sort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column, position) => {
              const content = (
                <>
                  <span className="data-table__label" aria-hidden="true">
                    {column.header}
                  </span>
                  <div className="data-table__content">{column.cell(row)}</div>
                </>
              );
              return position === 0 ? (
                <th key={column.key} scope="row">
                  {content}
                </th>
              ) : (
                <td key={column.key} data-align={column.align} data-wide={column.isWide}>
                  {content}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface HeaderCellProps<Row> {
  readonly column: Column<Row>;
  readonly sort: TableSort | undefined;
}

function HeaderCell<Row>({ column, sort }: HeaderCellProps<Row>) {
  const { texts } = useLanguage();
  const note = column.headerNote !== undefined && (
    <span className="data-table__note"> {column.headerNote}</span>
  );
  if (sort === undefined || column.isSortable !== true) {
    return (
      <th scope="col" data-align={column.align}>
        {column.header}
        {note}
      </th>
    );
  }
  const isSorted = sort.key === column.key;
  const direction = sort.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      data-align={column.align}
      data-sortable=""
      aria-sort={isSorted ? direction : undefined}
    >
      <button type="button" className="sort-button" onClick={() => sort.onSort(column.key)}>
        <span className="visually-hidden">{texts.list.sortHint} </span>
        <span>
          {column.header}
          {note}
        </span>
        <svg viewBox="0 0 10 14" width="10" height="14" aria-hidden="true">
          <path d="M5 0 9.5 5.5H.5Z" data-on={isSorted && !sort.descending} />
          <path d="M5 14 9.5 8.5H.5Z" data-on={isSorted && sort.descending} />
        </svg>
      </button>
    </th>
  );
}
