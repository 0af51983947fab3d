// The code of a location in the ways that DUO's files write it. Pure.
import type { Cell, ColumnNames } from './columns.ts';
import type { Fault } from './fault.ts';

export const SCHOOL: ColumnNames = ['INSTELLINGSCODE', 'BRIN NUMMER', 'BRINNUMMER'];
export const BRANCH: ColumnNames = ['VESTIGINGSCODE', 'VESTIGINGSNUMMER'];

/** The vestigingscode, `16SW03`; files have it whole, or as the two digits after the BRIN. */
export function locationCode(line: number, school: Cell, branch: Cell): string | Fault {
  const brin = school.value.toUpperCase();
  if (!/^[0-9]{2}[A-Z]{2}$/.test(brin)) {
    return {
      line,
      column: school.column,
      message: `${JSON.stringify(school.value)} is no school code; it is two digits and two letters, such as 16SW`,
    };
  }
  const value = branch.value.toUpperCase();
  if (/^[0-9]{1,2}$/.test(value)) return brin + value.padStart(2, '0');
  if (/^[0-9]{2}[A-Z]{2}[0-9]{2}$/.test(value) && value.startsWith(brin)) return value;
  return {
    line,
    column: branch.column,
    message: `${JSON.stringify(branch.value)} is no location of school ${brin}; it is ${brin} and two digits, such as ${brin}00`,
  };
}
