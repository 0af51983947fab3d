// United States: 80/80.
import { type RulePack, shareReaching, tooFew } from './pack.ts';

const SHARE_OF_TESTS = 0.8;
const SHARE_OF_RATE = 0.8;
/** A week of them, at four a day on school days. */
const LEAST_TESTS = 20;

/**
 * FCC, Connect America Fund performance measures (DA 18-710 of 2018, FCC 19-104 of 2019): at least
 * 80% of the speed tests in peak hours at 80% or more of the required speed. It is a rule on a
 * provider's subscribers together; here the tests are one line's, and a school's peak hours are its
 * own.
 */
export const EIGHTY_EIGHTY: RulePack = {
  name: '80-80',
  source: 'FCC, DA 18-710 and FCC 19-104 (80% of tests at 80% of the speed)',
  admits: ({ inSchoolHours, flags }) => inSchoolHours && !flags.includes('wifi'),
  judge: (readings, required) => {
    if (readings.length < LEAST_TESTS) return tooFew(readings.length, SHARE_OF_TESTS);
    const observed = shareReaching(readings, SHARE_OF_RATE * required);
    return {
      outcome: observed >= SHARE_OF_TESTS ? 'meets' : 'short',
      n: readings.length,
      observed,
      required: SHARE_OF_TESTS,
      timing: 'as_written',
    };
  },
};
