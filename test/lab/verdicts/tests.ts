// Which lines are tested, and what the tests said of them: pure.
import type { Measurement, TestOutcome } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Random } from '#shared/runtime/random.ts';
import { clopperPearson } from '#shared/stats/clopper-pearson.ts';
import { markdown, quantile } from '../matrix/report.ts';

export interface TestedLine {
  /** Capacity at the IP layer over the norm's. */
  readonly share: Readonly<Record<Direction, number>>;
  readonly rttMs: number;
  readonly loss: number;
}

export interface Told {
  readonly line: TestedLine;
  readonly direction: Direction;
  readonly first: TestOutcome;
  /** After a second run, where the first was a fail so near the norm that it takes one. */
  readonly settled: TestOutcome;
  readonly flags: readonly string[];
  /** Payload of the first run. */
  readonly bytes: number;
}

const SHORT = [0.5, 0.8, 0.9, 0.95];
const LONG = [1.05, 1.1, 1.3, 2];
const RTTS_MS = [1, 10, 40];
const LOSSES = [0, 0.001];
export const BANDS = ['≤ 80%', '80–95%', '105–130%', '200%'] as const;

/** A line with each direction at least 5% from the norm, drawn apart. */
export function drawLine(random: Random): TestedLine {
  const pick = <T>(values: readonly T[]): T =>
    values[Math.floor(random.next() * values.length)] as T;
  const share = () => pick(random.next() < 0.5 ? SHORT : LONG);
  return {
    share: { download: share(), upload: share() },
    rttMs: pick(RTTS_MS),
    loss: pick(LOSSES),
  };
}

export function needsSecondRun(measurement: Measurement): boolean {
  return [measurement.download, measurement.upload].some((result) => result?.provisional === true);
}

/** What a test, and its second run where it took one, say of each direction. */
export function told(line: TestedLine, first: Measurement, second?: Measurement): Told[] {
  return (['download', 'upload'] as const).map((direction) => {
    const result = first[direction];
    const outcome = result?.outcome ?? 'inconclusive';
    const again = second?.[direction]?.outcome ?? 'inconclusive';
    return {
      ...{ line, direction, first: outcome, flags: first.flags },
      settled: result?.provisional === true ? again : outcome,
      bytes: result?.bytes ?? 0,
    };
  });
}

export function isWrong(outcome: TestOutcome, share: number): boolean {
  return share < 1 ? outcome === 'pass' : outcome === 'fail';
}

function bandOf(share: number): (typeof BANDS)[number] {
  if (share <= 0.8) return '≤ 80%';
  if (share < 1) return '80–95%';
  return share < 2 ? '105–130%' : '200%';
}

const HEAD = [
  ...['way', 'capacity over the norm', 'tests', 'pass', 'fail', 'undecided', 'of those flagged'],
  ...['wrong', 'wrong when confirmed', 'MB of a pass, p50'],
];

export function verdictsTable(all: readonly Told[]): string {
  const rows = (['download', 'upload'] as const).flatMap((direction) =>
    BANDS.flatMap((band) => {
      const own = all.filter(
        (test) => test.direction === direction && bandOf(test.line.share[direction]) === band,
      );
      return own.length === 0 ? [] : [[direction, band, ...counts(own, direction)]];
    }),
  );
  return markdown(HEAD, rows);
}

function counts(own: readonly Told[], direction: Direction): string[] {
  const said = (outcome: TestOutcome) => own.filter(({ first }) => first === outcome);
  const undecided = said('inconclusive');
  const passes = said('pass').map(({ bytes }) => bytes / 1e6);
  return [
    ...[own.length, said('pass').length, said('fail').length, undecided.length],
    undecided.filter(({ flags }) => flags.length > 0).length,
    own.filter((test) => isWrong(test.first, test.line.share[direction])).length,
    own.filter((test) => isWrong(test.settled, test.line.share[direction])).length,
    passes.length === 0 ? '–' : quantile(passes, 0.5).toFixed(1),
  ].map(String);
}

/** The shares of all directions tested that were wrong, with their exact 95% intervals. */
export function wrongShares(all: readonly Told[]): string {
  const falseFails = all.filter(
    ({ settled, line, direction }) => settled === 'fail' && line.share[direction] > 1,
  ).length;
  const wrong = all.filter(({ settled, line, direction }) =>
    isWrong(settled, line.share[direction]),
  ).length;
  const text = (what: string, count: number) => {
    const [low, high] = clopperPearson(count, all.length, 0.95);
    const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
    return `${what}: ${count} of ${all.length} (95%: ${percent(low)} to ${percent(high)})`;
  };
  return `${text('wrong', wrong)}\n${text('false fails', falseFails)}`;
}
