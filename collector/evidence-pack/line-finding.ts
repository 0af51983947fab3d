// What the tests that count say of a line in figures: the reading, and how far it falls short of the
// norm and of the contract. Pure.
import type { Line } from '#shared/model/line.ts';
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { Mbps } from '#shared/model/units.ts';
import { median } from '#shared/stats/median.ts';
import type { DirectionFinding } from '#shared/wire/evidence-pack.ts';
import type { JudgedTests } from '../assessment/assess.ts';
import { shortfallOf } from '../planning/line-findings.ts';

export interface FindingInput {
  /** Absent for a line that was not judged. */
  readonly judged: JudgedTests | undefined;
  /** Of a test's direction by its id: whether its reading says only "at least". */
  readonly isPaced: (testId: string, direction: Direction) => boolean;
  readonly line: Pick<Line, 'contractedDownMbps' | 'contractedUpMbps'>;
  readonly norm: Norm;
}

export function findingOf(direction: Direction, input: FindingInput): DirectionFinding {
  const { judged, isPaced, line, norm } = input;
  const sample = judged?.[direction].capacity.sample ?? [];
  const readings = sample.map(({ ipCapacity }) => ipCapacity).sort((a, b) => a - b);
  const paced = sample.filter(({ test, second }) => isPaced((second ?? test).id, direction));
  const reading = readings.length === 0 ? undefined : median(readings);
  const contracted = direction === 'download' ? line.contractedDownMbps : line.contractedUpMbps;
  return {
    tests: sample.length,
    passes: sample.filter(({ result }) => result === 'pass').length,
    ...(reading === undefined
      ? {}
      : { reading: { mbps: reading, isAtLeast: paced.length * 2 > sample.length } }),
    norm: shortOf(norm[direction], reading, direction, norm),
    ...(contracted === undefined
      ? {}
      : { contract: shortOf(contracted, reading, direction, norm) }),
  };
}

/** By the norm's tolerance: a contract states its speed at some lower layer, which carries a little less. */
function shortOf(
  asked: Mbps,
  reading: Mbps | undefined,
  direction: Direction,
  { tolerance }: Pick<Norm, 'tolerance'>,
): DirectionFinding['norm'] {
  if (reading === undefined) return { mbps: asked };
  const { mbps, share } = shortfallOf(reading, direction, {
    ...{ download: asked, upload: asked, tolerance },
  });
  return { mbps: asked, shortfallMbps: mbps, shortfallShare: share };
}
