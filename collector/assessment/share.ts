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
  const passes = counted.filter(({ result }) => result === 'pass').length;
  const days = new Set(counted.map(({ test }) => test.day)).size;
  return { n, passes, days, interval: clopperPearson(passes, n, norm.confidence) };
}

export function isEnough(share: PassShare, norm: Pick<Norm, 'minTests' | 'minDays'>): boolean {
  return share.n >= norm.minTests && share.days >= norm.minDays;
}
