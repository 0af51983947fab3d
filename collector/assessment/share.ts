// The share of tests that pass, with what it rests on.
import type { Norm } from '#shared/model/norm.ts';
import { clopperPearson } from '#shared/stats/clopper-pearson.ts';
import type { Counted } from './confirm.ts';

export interface PassShare {
  readonly n: number;
  readonly passes: number;
  /** Distinct local days. */
  readonly days: number;
  /** Exact interval of the share at the norm's confidence; [0, 1] when n is 0. */
  readonly interval: readonly [number, number];
}

export function passShare(counted: readonly Counted[], norm: Pick<Norm, 'confidence'>): PassShare {
  const n = counted.length;
  let passes = 0;
  for (const { result } of counted) if (result === 'pass') passes += 1;
  const interval = clopperPearson(passes, n, norm.confidence);
  return { n, passes, days: daysOf(counted), interval };
}

function daysOf(counted: readonly Counted[]): number {
  const days = new Set<number>();
  let last: number | undefined;
  // Oldest first, nearly always: a day is looked up once.
  for (const { test } of counted) {
    if (test.day !== last) days.add(test.day);
    last = test.day;
  }
  return days.size;
}

export function isEnough(share: PassShare, norm: Pick<Norm, 'minTests' | 'minDays'>): boolean {
  return share.n >= norm.minTests && share.days >= norm.minDays;
}
