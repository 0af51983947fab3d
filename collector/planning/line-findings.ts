// What a verdict's reasons say of the line in figures: the share of tests that passed with its
// interval, the reading, and how far that falls short. Pure.
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { Mbps, Share } from '#shared/model/units.ts';
import type { Reason, Verdict } from '#shared/model/verdict.ts';
import type { Speeds } from './planning-input.ts';

export interface DirectionFinding {
  /** Share of the tests for capacity that passed, and its exact interval. */
  readonly passing?: { readonly share?: Share; readonly low: Share; readonly high: Share };
  /**
   * IP-layer capacity: the median of the tests that the verdict rests on where it names one, else
   * the newest test's.
   */
  readonly reading?: { readonly mbps: Mbps; readonly from: 'verdict' | 'latest' };
  /**
   * Of the norm, by the verdict alone: 0 for a reading within the tolerance, and where this direction
   * meets the norm; absent where nobody knows. One test, on a line that others may be using, is none.
   */
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
  const reasons = verdict?.reasons.filter((each) => each.direction === direction) ?? [];
  const passing = passingOf(reasons);
  const typical = reasons.find(({ rule }) => rule === 'typical_speed')?.observed;
  const mbps = typical ?? latest?.[direction];
  const shortfall =
    typical === undefined
      ? meetsNorm(reasons)
        ? NONE_SHORT
        : undefined
      : shortfallOf(typical, direction, norm);
  return {
    ...(passing === undefined ? {} : { passing }),
    ...(mbps === undefined
      ? {}
      : { reading: { mbps, from: typical === undefined ? 'latest' : 'verdict' } }),
    ...(shortfall === undefined ? {} : { shortfall }),
  };
}

const NONE_SHORT = { mbps: 0, share: 0 } as const;

/** A run of the newest tests has no interval of its own; that of the whole window is beside it. */
function passingOf(reasons: readonly Reason[]): DirectionFinding['passing'] {
  const reason = reasons.find(
    ({ rule, interval }) => rule.startsWith('capacity_') && interval !== undefined,
  );
  if (reason?.interval === undefined) return undefined;
  const [low, high] = reason.interval;
  return { low, high, ...(reason.observed === undefined ? {} : { share: reason.observed }) };
}

/** What fell met the norm before. */
function meetsNorm(reasons: readonly Reason[]): boolean {
  const rules = reasons.map(({ rule }) => rule);
  return (
    rules.some((rule) => rule.startsWith('capacity_meets') || rule === 'capacity_recovered') &&
    !rules.includes('capacity_fallen')
  );
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
