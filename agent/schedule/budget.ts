// How many bytes tests may still cost today and this month, and what one did cost: pure.
import type { Measurement } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Plan } from '#shared/model/plan.ts';
import { type Bytes, bytesAt, type EpochMs } from '#shared/model/units.ts';
import type { Progress } from '../measure/measurer.ts';

export interface Spent {
  /** `2026-11-23`, UTC. */
  readonly day: string;
  readonly dayBytes: Bytes;
  readonly monthBytes: Bytes;
}

export const NOTHING_SPENT: Spent = { day: '1970-01-01', dayBytes: 0, monthBytes: 0 };

/** A check that passes costs about 165 MB; with less left, a test would only end unfinished. */
const LEAST_USEFUL_BYTES = 250_000_000;

/** Counts that belong to the day and month of `now`; older ones are over. */
export function current(spent: Spent, now: EpochMs): Spent {
  const day = new Date(now).toISOString().slice(0, 10);
  return {
    day,
    dayBytes: day === spent.day ? spent.dayBytes : 0,
    monthBytes: day.slice(0, 7) === spent.day.slice(0, 7) ? spent.monthBytes : 0,
  };
}

/** What the next test may cost; 0 when it is not worth beginning. */
export function allowance(budget: Plan['budget'], spent: Spent, now: EpochMs): Bytes {
  const left = Math.min(budget.testBytes, leftOf(budget, spent, now));
  return left >= Math.min(LEAST_USEFUL_BYTES, budget.testBytes) ? left : 0;
}

/** Of the day and of the month, whichever is less. */
export function leftOf(budget: Plan['budget'], spent: Spent, now: EpochMs): Bytes {
  const { dayBytes, monthBytes } = current(spent, now);
  return Math.max(0, Math.min(budget.dayBytes - dayBytes, budget.monthBytes - monthBytes));
}

export function spend(spent: Spent, bytes: Bytes, now: EpochMs): Spent {
  const before = current(spent, now);
  return { ...before, dayBytes: before.dayBytes + bytes, monthBytes: before.monthBytes + bytes };
}

/**
 * What a test cost, also one that broke off: a line that fails in the middle of every test would
 * else spend without end.
 */
export class TestCost {
  /** By the last word of progress in each direction. */
  readonly #moved: Record<Direction, Bytes> = { download: 0, upload: 0 };

  note(progress: Progress): void {
    if (!('goodput' in progress)) return;
    this.#moved[progress.phase] = Math.round(bytesAt(progress.goodput, progress.elapsedMs));
  }

  /** A direction's own figure counts where it has one. */
  of({ download, upload }: Pick<Measurement, 'download' | 'upload'>): Bytes {
    return (download?.bytes ?? this.#moved.download) + (upload?.bytes ?? this.#moved.upload);
  }
}
