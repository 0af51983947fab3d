// From rows to what is printed: pure.
import type { Row } from './cell.ts';

/**
 * What the shaper lets through when the line is full, by its bytes: the most that any tool's load had
 * of it in this cell. Needs a tool in the rows that fills the line.
 */
export function truthOf(row: Row, rows: readonly Row[]): number {
  const cell = rows.filter(
    (other) =>
      other.way === row.way &&
      other.rateMbps === row.rateMbps &&
      other.upShare === row.upShare &&
      other.rttMs === row.rttMs &&
      other.loss === row.loss,
  );
  return Math.max(0, ...cell.map(({ shapedMbps }) => shapedMbps));
}

/** The rate that the row's way was shaped to. */
export function lineMbps({ rateMbps, upShare, way }: Row): number {
  return way === 'down' ? rateMbps : rateMbps * upShare;
}

/** Share by which the tool's figure is off what the line carries; none where it only says "at least". */
export function lineError(row: Row, rows: readonly Row[]): number | undefined {
  return row.atLeast === true ? undefined : errorOf(row.mbps, truthOf(row, rows));
}

/**
 * Share by which it is off what its own load had of the shaper, full or not: of the bytes in the window
 * that it says its figure is of; of a tool that says none, of the plateau's bytes or of the whole load's,
 * whichever is kinder to the tool.
 */
export function loadError(row: Row): number | undefined {
  if (row.windowMbps !== undefined) return errorOf(row.mbps, row.windowMbps);
  const plateau = errorOf(row.mbps, row.shapedMbps);
  const whole = errorOf(row.mbps, row.wholeMbps);
  if (plateau === undefined || whole === undefined) return plateau;
  return Math.abs(whole) < Math.abs(plateau) ? whole : plateau;
}

function errorOf(said: number | undefined, truth: number): number | undefined {
  return said === undefined || truth <= 0 ? undefined : said / truth - 1;
}

export interface Summary {
  readonly tool: string;
  readonly runs: number;
  /** Figures that were to be given and were not. */
  readonly missing: number;
  /** Of the absolute errors, shares. */
  readonly line: { readonly p50: number; readonly p95: number; readonly worst: number };
  readonly load: { readonly p50: number; readonly p95: number; readonly worst: number };
  readonly megabytesP50: number;
  readonly secondsP50: number;
  readonly cpuSecondsP50: number;
}

export function summarise(rows: readonly Row[]): Summary[] {
  return [...new Set(rows.map(({ tool }) => tool))].map((tool) => {
    const own = rows.filter((row) => row.tool === tool);
    const ends = own.filter(({ way }) => way === 'down');
    return {
      tool,
      runs: ends.length,
      missing: own.filter(({ mbps }) => mbps === undefined).length,
      line: spread(own.map((row) => lineError(row, rows))),
      load: spread(own.map(loadError)),
      megabytesP50: quantile(totals(own), 0.5),
      secondsP50: quantile(
        ends.map(({ seconds }) => seconds),
        0.5,
      ),
      cpuSecondsP50: quantile(
        ends.map(({ cpuSeconds }) => cpuSeconds),
        0.5,
      ),
    };
  });
}

function totals(rows: readonly Row[]): number[] {
  const byRun = new Map<string, number>();
  for (const row of rows) {
    const key = [row.rateMbps, row.rttMs, row.loss, row.run].join();
    byRun.set(key, (byRun.get(key) ?? 0) + row.megabytes);
  }
  return [...byRun.values()];
}

function spread(errors: readonly (number | undefined)[]) {
  const sizes = errors.flatMap((error) => (error === undefined ? [] : [Math.abs(error)]));
  return {
    p50: quantile(sizes, 0.5),
    p95: quantile(sizes, 0.95),
    worst: quantile(sizes, 1),
  };
}

/** The least value that a share `q` of them does not exceed; NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

const percent = (share: number | undefined) =>
  share === undefined || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(2)}%`;
const fixed = (value: number | undefined, digits = 1) =>
  value === undefined || Number.isNaN(value) ? '–' : value.toFixed(digits);

const ROW_HEAD = [
  ...['line', 'RTT', 'loss', 'way', 'tool', 'truth', 'reading', 'error'],
  ...['its load', 'off that', 'MB', 's', 'CPU s', 'said'],
];

export function rowTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    ...[fixed(lineMbps(row), 0), `${row.rttMs} ms`, percent(row.loss), row.way, row.tool],
    ...[fixed(truthOf(row, rows)), `${row.atLeast === true ? '≥ ' : ''}${fixed(row.mbps)}`],
    ...[percent(lineError(row, rows)), fixed(row.windowMbps ?? row.shapedMbps)],
    percent(loadError(row)),
    ...[fixed(row.megabytes), fixed(row.seconds), fixed(row.cpuSeconds)],
    [row.outcome, ...(row.flags ?? []), row.error].filter((word) => word !== undefined).join(' '),
  ]);
  return markdown(ROW_HEAD, lines);
}

const SUMMARY_HEAD = [
  ...['tool', 'runs', 'no figure', 'error p50', 'p95', 'worst'],
  ...['off its load p50', 'p95', 'worst', 'MB', 's', 'CPU s'],
];

export function summaryTable(rows: readonly Row[]): string {
  const lines = summarise(rows).map((tool) => [
    ...[tool.tool, String(tool.runs), String(tool.missing)],
    ...[tool.line.p50, tool.line.p95, tool.line.worst].map(percent),
    ...[tool.load.p50, tool.load.p95, tool.load.worst].map(percent),
    ...[tool.megabytesP50, tool.secondsP50, tool.cpuSecondsP50].map((value) => fixed(value)),
  ]);
  return markdown(SUMMARY_HEAD, lines);
}

export function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n');
}
