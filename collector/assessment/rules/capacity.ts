// Is this direction of the line good enough, on its own? From the share of quiet tests that pass.
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import { median } from '#shared/stats/median.ts';
import type { Counted } from '../confirm.ts';
import { FALLEN_TESTS, hasFallen, hasRecovered, newestRun, recoveredAfter } from '../newest-run.ts';
import { anyHourSample, passesOf, pessimisticSample, type Samples } from '../samples.ts';
import { isEnough, type PassShare, passShare } from '../share.ts';
import { type RuleId, type RuleReason, runReason, shareReason } from './reason.ts';

export interface CapacityFinding {
  readonly outcome: 'meets' | 'below' | 'intermittent' | 'open' | 'too_few';
  readonly reasons: readonly RuleReason[];
  /** What the outcome rests on. */
  readonly sample: readonly Counted[];
  readonly share: PassShare;
}

/**
 * The domain's table over the window, unless the norm lets the newest tests go before it where they
 * all say otherwise: newest-run.ts. A line that fell is said to be `intermittent`, which it is until all of the window says `below`.
 */
export function judgeCapacity(samples: Samples, direction: Direction, norm: Norm): CapacityFinding {
  const whole = judgeWindow(samples, direction, norm);
  if (whole.outcome === 'too_few' || !norm.newestRunsFirst) return whole;
  const { sample, share } = whole;
  const run = newestRun(samples.capacity.counted);
  if (hasFallen(run) && (whole.outcome === 'meets' || whole.outcome === 'open')) {
    const reason = runReason('capacity_fallen', direction, run, FALLEN_TESTS);
    return { outcome: 'intermittent', reasons: [reason, ...whole.reasons], sample, share };
  }
  if (whole.outcome === 'meets' || !hasRecovered(run, norm)) return whole;
  const reason = runReason('capacity_recovered', direction, run, recoveredAfter(norm));
  return { outcome: 'meets', reasons: [reason], sample, share };
}

/**
 * `meets` is asked first: with very many tests an interval can lie between both bounds of `meets`
 * and `intermittent`, and then the share asked for is reached.
 */
function judgeWindow(samples: Samples, direction: Direction, norm: Norm): CapacityFinding {
  const sample = samples.capacity.counted;
  const share = passShare(sample, norm);
  const outcome = outcomeOf(share, norm);
  if (outcome === 'open' || outcome === 'too_few') {
    const proven =
      meetsWithMore('capacity_meets_flagged', pessimisticSample(samples), samples, norm) ??
      (norm.passesAtAnyHour
        ? meetsWithMore('capacity_meets_any_hour', anyHourSample(samples), samples, norm)
        : undefined);
    if (proven !== undefined) return proven;
  }
  const { rule, required } = ruleOf(outcome, norm);
  const reason = shareReason(rule, direction, share, required, norm.confidence, {
    ...(outcome === 'too_few' ? { minTests: norm.minTests, minDays: norm.minDays } : {}),
  });
  if (outcome !== 'below' && outcome !== 'intermittent') {
    return { outcome, reasons: [reason], sample, share };
  }
  const speed = typicalSpeed(sample, direction, norm);
  const clean = outcome === 'below' ? cleanPasses(samples, direction, norm) : undefined;
  if (clean === undefined) return { outcome, reasons: [reason, speed], sample, share };
  const milder = shareReason(
    'capacity_intermittent',
    direction,
    share,
    norm.intermittentShare,
    norm.confidence,
  );
  return { outcome: 'intermittent', reasons: [milder, clean, speed], sample, share };
}

function outcomeOf(share: PassShare, norm: Norm): CapacityFinding['outcome'] {
  if (!isEnough(share, norm)) return 'too_few';
  const [low, high] = share.interval;
  if (low >= norm.meetsShare) return 'meets';
  if (high < norm.belowShare) return 'below';
  return high < norm.intermittentShare ? 'intermittent' : 'open';
}

function ruleOf(
  outcome: CapacityFinding['outcome'],
  norm: Norm,
): { readonly rule: RuleId; readonly required: number } {
  switch (outcome) {
    case 'meets':
      return { rule: 'capacity_meets', required: norm.meetsShare };
    case 'below':
      return { rule: 'capacity_below', required: norm.belowShare };
    case 'intermittent':
      return { rule: 'capacity_intermittent', required: norm.intermittentShare };
    case 'open':
      return { rule: 'capacity_open', required: norm.meetsShare };
    case 'too_few':
      return { rule: 'capacity_too_few', required: norm.meetsShare };
  }
}

/**
 * A flagged test can prove a pass, and so can one on a busy line. Counting only their passes would
 * flatter the line, so their fails are held against the line too; what passes so, passes. (Else a
 * port of 1 Gbit/s that a fast line fills, a good line behind Wi-Fi, or one whose round trip is
 * never at rest, could never be said to meet the norm.)
 */
function meetsWithMore(
  rule: RuleId,
  sample: readonly Counted[],
  { capacity, direction }: Samples,
  norm: Norm,
): CapacityFinding | undefined {
  if (sample.length < norm.minTests || sample === capacity.counted) return undefined;
  const share = passShare(sample, norm);
  if (outcomeOf(share, norm) !== 'meets') return undefined;
  const reason = shareReason(rule, direction, share, norm.meetsShare, norm.confidence);
  return { outcome: 'meets', reasons: [reason], sample, share };
}

/** The reason not to say `below`: this direction reached the norm too often for that. */
function cleanPasses(samples: Samples, direction: Direction, norm: Norm): RuleReason | undefined {
  const passes = passesOf(samples);
  const n = passes.length;
  const days = new Set(passes.map(({ day }) => day)).size;
  if (n < norm.cleanPassTests || days < norm.cleanPassDays) return undefined;
  return {
    rule: 'clean_passes',
    direction,
    required: norm.cleanPassTests,
    n,
    detail: { days, minDays: norm.cleanPassDays },
  };
}

function typicalSpeed(sample: readonly Counted[], direction: Direction, norm: Norm): RuleReason {
  const readings = sample.map(({ ipCapacity }) => ipCapacity).sort((a, b) => a - b);
  return {
    rule: 'typical_speed',
    direction,
    observed: median(readings),
    required: requiredMbps(norm, direction),
    n: readings.length,
    detail: { norm: norm[direction] },
  };
}
