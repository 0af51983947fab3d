// What a rule pack is: others' rules on when a line falls short, run over the same evidence as
// ours, for comparison. They never decide here. Pure.
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { EpochMs, Mbps } from '#shared/model/units.ts';
import type { TestEvidence } from '../evidence.ts';

/** The vocabulary that all rules share: only `short` is a finding against the line. */
export const PACK_OUTCOMES = ['meets', 'short', 'undecided'] as const;
export type PackOutcome = (typeof PACK_OUTCOMES)[number];

/** One test's reading in one direction. */
export interface PackReading {
  readonly startedAt: EpochMs;
  readonly day: number;
  readonly inSchoolHours: boolean;
  readonly ipCapacity: Mbps;
}

export interface PackFinding {
  readonly outcome: PackOutcome;
  /** Tests that the rule looked at. */
  readonly n: number;
  /** The figure that the rule compares: a share, or Mbit/s. Absent where there was too little. */
  readonly observed?: number;
  readonly required: number;
  /**
   * Whether the tests lay in time as the rule asks. Agents spread theirs over weeks, a campaign of
   * many tests a day is not theirs; then its clauses are put to as many tests in a row.
   */
  readonly timing: 'as_written' | 'in_a_row';
}

export interface RulePack {
  readonly name: string;
  /** Where the rule is written. */
  readonly source: string;
  /** Which readings the rule admits; it knows nothing of quiet lines or quality flags. */
  readonly admits: (test: TestEvidence) => boolean;
  /** `readings`: of one direction, oldest first; `reach`: whether a rate is the norm's, less its tolerance. */
  readonly judge: (readings: readonly PackReading[], required: Mbps) => PackFinding;
}

export interface PackVerdict {
  /** The worse of both directions. */
  readonly outcome: PackOutcome;
  readonly download: PackFinding;
  readonly upload: PackFinding;
}

/** `tests`: those of the window, oldest first. */
export function judgeByPack(
  pack: RulePack,
  tests: readonly TestEvidence[],
  norm: Norm,
): PackVerdict {
  const admitted = tests.filter(pack.admits);
  const find = (direction: Direction) =>
    pack.judge(readingsOf(admitted, direction), requiredMbps(norm, direction));
  const [download, upload] = [find('download'), find('upload')];
  return { outcome: worst([download.outcome, upload.outcome]), download, upload };
}

/** Everybody's least: by cable, and no other traffic that the device could see. */
export function isWiredAndAlone({ flags }: TestEvidence): boolean {
  return !flags.includes('wifi') && !flags.includes('cross_traffic');
}

/** The share of readings that reach a rate. */
export function shareReaching(readings: readonly PackReading[], rate: Mbps): number {
  return readings.filter(({ ipCapacity }) => ipCapacity >= rate).length / readings.length;
}

/** Keeps a reading when the one kept before it is `gapMs` earlier or more. */
export function spaced(readings: readonly PackReading[], gapMs: number): readonly PackReading[] {
  const kept: PackReading[] = [];
  for (const reading of readings) {
    const last = kept.at(-1);
    if (last === undefined || reading.startedAt - last.startedAt >= gapMs) kept.push(reading);
  }
  return kept;
}

export function tooFew(n: number, required: number): PackFinding {
  return { outcome: 'undecided', n, required, timing: 'in_a_row' };
}

export function worst(outcomes: readonly PackOutcome[]): PackOutcome {
  if (outcomes.includes('short')) return 'short';
  return outcomes.includes('undecided') ? 'undecided' : 'meets';
}

function readingsOf(tests: readonly TestEvidence[], direction: Direction): PackReading[] {
  return tests.flatMap((test) => {
    const result = test[direction];
    if (result === undefined) return [];
    const { startedAt, day, inSchoolHours } = test;
    return [{ startedAt, day, inSchoolHours, ipCapacity: result.ipCapacity }];
  });
}
