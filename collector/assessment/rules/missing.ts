// What an inconclusive location still lacks, and when it may be expected.
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import { clopperPearson } from '#shared/stats/clopper-pearson.ts';
import type { Counted } from '../confirm.ts';
import type { Evidence, TestEvidence } from '../evidence.ts';
import { newestRun, recoveredAfter } from '../newest-run.ts';
import { anyHourSample, pessimisticSample } from '../samples.ts';
import { type PassShare, passShare } from '../share.ts';
import { DAY_MS } from '../window.ts';
import type { DirectionVerdict } from './direction.ts';
import type { RuleReason } from './reason.ts';

/** From this many days on, the rate is what was seen; before, what the plan asks for. */
const OBSERVED_AFTER_DAYS = 3;
/** More passes in a row than this are no answer to "what is missing". */
const MAX_FURTHER = 512;

export interface Progress {
  readonly norm: Norm;
  readonly now: EpochMs;
  readonly evidence: Pick<Evidence, 'plannedPerDay'>;
  /** Oldest first. */
  readonly tests: readonly TestEvidence[];
}

export function missingReasons(
  directions: readonly DirectionVerdict[],
  progress: Progress,
): readonly RuleReason[] {
  const open = directions.filter(({ outcome }) => outcome === 'inconclusive');
  const tooFew = open.filter(({ capacity }) => capacity.outcome === 'too_few');
  return [
    ...missingTests(tooFew, progress),
    ...open
      .filter(({ capacity }) => capacity.outcome === 'open')
      .flatMap((verdict) => openNeeds(verdict, progress)),
  ];
}

/** One reason for the direction that lacks most. */
function missingTests(
  directions: readonly DirectionVerdict[],
  progress: Progress,
): readonly RuleReason[] {
  const { norm, now } = progress;
  const lacks = directions.map((verdict) => {
    const { n, days } = nearestShare(verdict, norm);
    return {
      n,
      tests: Math.max(0, norm.minTests - n),
      days: Math.max(0, norm.minDays - days),
    };
  });
  const [worst] = lacks.sort((a, b) => b.tests - a.tests || b.days - a.days);
  if (worst === undefined) return [];
  const perDay = ratePerDay(worst.n, progress);
  const missing: RuleReason = {
    rule: 'missing_tests',
    required: norm.minTests,
    n: worst.tests,
    detail: { days: worst.days, minDays: norm.minDays },
  };
  if (perDay * norm.windowDays < norm.minTests) {
    return [missing, rateTooLow(perDay, norm)];
  }
  const inDays = Math.max(worst.tests / perDay, worst.days);
  return [{ ...missing, detail: { ...missing.detail, expectedAt: isoAfter(now, inDays) } }];
}

/** Flagged tests, and those of any hour where the norm says so, bring `meets` nearer where they all pass. */
function nearestShare({ capacity, samples }: DirectionVerdict, norm: Norm): PassShare {
  const more = norm.passesAtAnyHour ? [anyHourSample(samples)] : [];
  return [pessimisticSample(samples), ...more]
    .map((sample) => passShare(sample, norm))
    .filter(({ passes, n }) => passes === n)
    .reduce((nearest, share) => (share.n > nearest.n ? share : nearest), capacity.share);
}

function ratePerDay(n: number, { evidence, tests, now }: Progress): number {
  const first = tests[0];
  const spanDays = first === undefined ? 0 : (now - first.startedAt) / DAY_MS;
  return spanDays >= OBSERVED_AFTER_DAYS ? n / spanDays : evidence.plannedPerDay;
}

function rateTooLow(perDay: number, norm: Norm): RuleReason {
  return {
    rule: 'rate_too_low',
    observed: perDay * norm.windowDays,
    required: norm.minTests,
    detail: { windowDays: norm.windowDays },
  };
}

/**
 * When passes alone would make it `meets`, and how many that takes: enough of them in one window,
 * the last fail out of it, or (where the norm says so) enough in a row, whichever comes first.
 */
function openNeeds(verdict: DirectionVerdict, progress: Progress): readonly RuleReason[] {
  const { norm, now } = progress;
  const { share, sample } = verdict.capacity;
  const perDay = ratePerDay(share.n, progress);
  const perWindow = perDay * norm.windowDays;
  if (perWindow < norm.minTests) return [];
  const lastFailAt = sample
    .filter(({ result }) => result === 'fail')
    .reduce((last, { test }) => Math.max(last, test.startedAt), Number.NEGATIVE_INFINITY);
  // Without a fail there is none to wait for: only more passes will do.
  const hasFail = Number.isFinite(lastFailAt);
  const cleanInDays = hasFail
    ? (lastFailAt - now) / DAY_MS + norm.windowDays
    : Number.POSITIVE_INFINITY;
  const further = furtherPasses(share.passes, share.n, norm);
  const isWithinWindow = further !== undefined && share.n + further <= perWindow;
  const inDays = Math.min(
    cleanInDays,
    isWithinWindow ? further / perDay : Number.POSITIVE_INFINITY,
    // Passes in a row that say so by themselves.
    hasFail && norm.newestRunsFirst ? passesInRow(sample, norm) / perDay : Number.POSITIVE_INFINITY,
  );
  if (!Number.isFinite(inDays)) return [];
  return [
    {
      rule: 'open_needs',
      direction: verdict.direction,
      required: norm.meetsShare,
      n: Math.max(1, Math.round(inDays * perDay)),
      detail: { expectedAt: isoAfter(now, inDays) },
    },
  ];
}

/** How many more of them say so by themselves. */
function passesInRow(sample: readonly Counted[], norm: Norm): number {
  const run = newestRun(sample);
  return recoveredAfter(norm) - (run?.result === 'pass' ? run.n : 0);
}

/** The lower bound only rises with passes, so the least number is found by halving. */
function furtherPasses(passes: number, n: number, norm: Norm): number | undefined {
  const isMet = (further: number) =>
    clopperPearson(passes + further, n + further, norm.confidence)[0] >= norm.meetsShare;
  if (!isMet(MAX_FURTHER)) return undefined;
  let short = 0;
  let met = MAX_FURTHER;
  while (met - short > 1) {
    const middle = Math.floor((short + met) / 2);
    if (isMet(middle)) met = middle;
    else short = middle;
  }
  return met;
}

function isoAfter(now: EpochMs, days: number): string {
  return new Date(now + days * DAY_MS).toISOString();
}
