// What a verdict's reasons say of the line in figures: the share of tests that passed with its
// interval, the reading, and how far that falls short. Pure.
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { Mbps, Share } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Speeds } from './planning-input.ts';

export interface DirectionFinding {
  /** Share of the tests for capacity that passed, and its exact interval. */
  readonly passing?: { readonly share?: Share; readonly low: Share; readonly high: Share };
  /**
   * IP-layer capacity: the median of the tests that the verdict rests on where it names one, else
   * the newest test's.
   */
  readonly reading?: { readonly mbps: Mbps; readonly from: 'verdict' | 'latest' };
  /** Of the norm, 0 for a reading within the tolerance; only with a reading. */
  readonly shortfall?: { readonly mbps: Mbps; readonly share: Share };
}

export interface LineFindings {
  readonly download: DirectionFinding;
  readonly upload: DirectionFinding;
}

export function findingsOf(
  verdict: Verdict | undefined,
  latest: Speeds | undefined,
  norm: Norm,
): LineFindings {
  return {
    download: findingOf('download', verdict, latest, norm),
    upload: findingOf('upload', verdict, latest, norm),
  };
}

/** The larger of both directions' shares of the norm; 0 where nothing is known to be short. */
export function worstShortfall({ download, upload }: LineFindings): Share {
  return Math.max(download.shortfall?.share ?? 0, upload.shortfall?.share ?? 0);
}

function findingOf(
  direction: Direction,
  verdict: Verdict | undefined,
  latest: Speeds | undefined,
  norm: Norm,
): DirectionFinding {
  const passing = passingOf(direction, verdict);
  const reading = readingOf(direction, verdict, latest);
  return {
    ...(passing === undefined ? {} : { passing }),
    ...(reading === undefined
      ? {}
      : { reading, shortfall: shortfallOf(reading.mbps, direction, norm) }),
  };
}

function passingOf(
  direction: Direction,
  verdict: Verdict | undefined,
): DirectionFinding['passing'] {
  const reason = verdict?.reasons.find(
    (each) => each.direction === direction && each.rule.startsWith('capacity_'),
  );
  if (reason?.interval === undefined) return undefined;
  const [low, high] = reason.interval;
  return { low, high, ...(reason.observed === undefined ? {} : { share: reason.observed }) };
}

function readingOf(
  direction: Direction,
  verdict: Verdict | undefined,
  latest: Speeds | undefined,
): DirectionFinding['reading'] {
  const typical = verdict?.reasons.find(
    (each) => each.direction === direction && each.rule === 'typical_speed',
  )?.observed;
  if (typical !== undefined) return { mbps: typical, from: 'verdict' };
  return latest === undefined ? undefined : { mbps: latest[direction], from: 'latest' };
}

/** Of what is asked, 0 for a reading within the tolerance. */
export function shortfallOf(
  reading: Mbps,
  direction: Direction,
  norm: Pick<Norm, Direction | 'tolerance'>,
): { readonly mbps: Mbps; readonly share: Share } {
  if (reading >= requiredMbps(norm, direction)) return { mbps: 0, share: 0 };
  const mbps = norm[direction] - reading;
  return { mbps, share: mbps / norm[direction] };
}
