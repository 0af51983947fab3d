// What people do without a rule: look at the average, or at one test.
import { type RulePack, tooFew } from './pack.ts';

/**
 * The mean of all readings of the window. Nobody's rule; how most reports and maps of speed tests
 * sum them up. A check is paced a little above the norm, so a mean of checks forgives little.
 */
export const MEAN: RulePack = {
  name: 'mean',
  source: 'plain mean of all tests',
  admits: () => true,
  judge: (readings, required) => {
    if (readings.length === 0) return tooFew(0, required);
    const sum = readings.reduce((total, { ipCapacity }) => total + ipCapacity, 0);
    const observed = sum / readings.length;
    const outcome = observed >= required ? 'meets' : 'short';
    return { outcome, n: readings.length, observed, required, timing: 'as_written' };
  },
};

/** The newest test alone, whenever it ran: what a visitor with a laptop would find. */
export const SINGLE: RulePack = {
  name: 'single',
  source: 'one test, the newest',
  admits: () => true,
  judge: (readings, required) => {
    const newest = readings.at(-1);
    if (newest === undefined) return tooFew(0, required);
    const observed = newest.ipCapacity;
    const outcome = observed >= required ? 'meets' : 'short';
    return { outcome, n: 1, observed, required, timing: 'as_written' };
  },
};
