// What tools said of the norm beside what the lines are: pure. A line within 5% of the norm is neither
// right nor wrong by one test.
import { NORM_500_40 } from '#shared/model/norm.ts';
import { type Row, WAYS } from './cell.ts';
import { lineMbps, markdown } from './report.ts';

const CLEAR_BELOW = 0.95;
const CLEAR_ABOVE = 1.05;
/** 475 is 95% of 500, also where a computer divides them. */
const GRAIN = 1e-9;

const BANDS = ['≤ 95%', 'between', '≥ 105%'] as const;

function bandOf(row: Row): (typeof BANDS)[number] {
  const share = lineMbps(row) / NORM_500_40[row.way === 'down' ? 'download' : 'upload'];
  if (share <= CLEAR_BELOW + GRAIN) return '≤ 95%';
  return share >= CLEAR_ABOVE - GRAIN ? '≥ 105%' : 'between';
}

function isWrong(row: Row): boolean {
  const band = bandOf(row);
  return (
    (band === '≤ 95%' && row.outcome === 'pass') || (band === '≥ 105%' && row.outcome === 'fail')
  );
}

/** Of the rows that say anything of the norm. */
export function verdictTable(rows: readonly Row[]): string {
  const judged = rows.filter(({ outcome }) =>
    ['pass', 'fail', 'inconclusive'].includes(outcome ?? ''),
  );
  const tools = [...new Set(judged.map(({ tool }) => tool))];
  const lines = tools.flatMap((tool) =>
    WAYS.flatMap((way) =>
      BANDS.flatMap((band) => {
        const own = judged.filter((r) => r.tool === tool && r.way === way && bandOf(r) === band);
        if (own.length === 0) return [];
        const said = (outcome: string) => own.filter((row) => row.outcome === outcome).length;
        const counts = [own.length, said('pass'), said('fail'), said('inconclusive')];
        return [[tool, way, band, ...[...counts, own.filter(isWrong).length].map(String)]];
      }),
    ),
  );
  const head = ['tool', 'way', 'of the norm', 'tests', 'pass', 'fail', 'undecided', 'wrong'];
  return markdown(head, lines);
}
