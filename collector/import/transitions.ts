// DUO's file of overgangen (in "Basisgegevens instellingen"): which school, location or board went
// on as which. Only whole ones between locations say where a line went. Pure.
import { missingColumns } from './columns.ts';
import { badImport, type Fault, refuseFaults } from './fault.ts';
import type { Table } from './table.ts';

export interface Transition {
  readonly from: string;
  readonly to: string;
}

const FROM = 'NR ADMIN VAN';
const TO = 'NR ADMIN NAAR';
const LOCATION = /^[0-9]{2}[A-Z]{2}[0-9]{2}$/;

/** Throws `bad_import` for a row that names no second party. */
export function parseTransitions(table: Table): readonly Transition[] {
  const missing = missingColumns(table, [[FROM], [TO]]);
  if (missing.length > 0) throw badImport(table.file, missing);
  const faults: Fault[] = [];
  const found: Transition[] = [];
  for (const row of table.rows) {
    const [from, to] = [row.get(FROM).toUpperCase(), row.get(TO).toUpperCase()];
    for (const [column, value] of [
      [FROM, from],
      [TO, to],
    ] as const) {
      if (value === '') {
        faults.push({ line: row.line, column, message: 'is empty; fill it in or remove the row' });
      }
    }
    // The file keeps its history: records that were replaced are marked so.
    const isCurrent = !['H', 'V'].includes(row.get('CODE STAND RECORD').toUpperCase());
    const isWhole = row.get('IND VOLLEDIG').toUpperCase() !== 'N';
    if (isCurrent && isWhole && LOCATION.test(from) && LOCATION.test(to) && from !== to) {
      found.push({ from, to });
    }
  }
  refuseFaults(table, faults);
  return found;
}
