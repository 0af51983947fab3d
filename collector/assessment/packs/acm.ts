// The Netherlands: 8 of 10.
import { type RulePack, shareReaching, spaced, tooFew } from './pack.ts';

const TESTS = 10;
const LEAST_DAYS = 3;
const SHARE = 0.8;
const HOUR_MS = 3_600_000;

/**
 * ACM, Beleidsregel kenbaarheid internetsnelheden (BWBR0040243, Stcrt. 2017, 68591), article 3.2: the
 * normally available speed is reached in at least eight of ten tests. That they lie on at least
 * three days and that one an hour counts is of the draft of 2017, as the press reported it. The
 * newest ten are taken. No clause on a minimum speed: the norm has none.
 */
export const ACM: RulePack = {
  name: 'acm',
  source: 'ACM, BWBR0040243, art. 3 (8 of 10)',
  admits: ({ flags }) => !flags.includes('wifi'),
  judge: (readings, required) => {
    const ten = spaced(readings, HOUR_MS).slice(-TESTS);
    const days = new Set(ten.map(({ day }) => day)).size;
    if (ten.length < TESTS || days < LEAST_DAYS) return tooFew(ten.length, SHARE);
    const observed = shareReaching(ten, required);
    const outcome = observed >= SHARE ? 'meets' : 'short';
    return { outcome, n: TESTS, observed, required: SHARE, timing: 'as_written' };
  },
};
