import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { betaQuantile, logGamma, regularizedBeta } from '#shared/stats/incomplete-beta.ts';

const parameter = fc.integer({ min: 1, max: 400 });
const share = fc.double({ min: 0.0001, max: 0.9999, noNaN: true });

describe('logGamma', () => {
  test('is the logarithm of the factorial', () => {
    let factorial = 1;
    for (let n = 1; n <= 20; n += 1) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 11);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
  });

  test('says what it cannot do', () => {
    expect(() => logGamma(0)).toThrow(/x ≥ 0.5, got 0/);
  });
});

describe('regularizedBeta', () => {
  test('has its closed forms', () => {
    for (const x of [0.05, 0.3, 0.5, 0.77, 0.99]) {
      expect(regularizedBeta(x, 1, 1)).toBeCloseTo(x, 13);
      expect(regularizedBeta(x, 7, 1)).toBeCloseTo(x ** 7, 13);
      expect(regularizedBeta(x, 1, 7)).toBeCloseTo(1 - (1 - x) ** 7, 13);
      // The arcsine distribution.
      expect(regularizedBeta(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 12);
    }
    expect(regularizedBeta(0, 3, 4)).toBe(0);
    expect(regularizedBeta(1, 3, 4)).toBe(1);
  });

  test('mirrors: I_x(a, b) = 1 − I_(1−x)(b, a)', () => {
    fc.assert(
      fc.property(share, parameter, parameter, (x, a, b) => {
        expect(regularizedBeta(x, a, b) + regularizedBeta(1 - x, b, a)).toBeCloseTo(1, 11);
      }),
    );
  });
});

describe('betaQuantile', () => {
  test('is the inverse', () => {
    fc.assert(
      fc.property(share, parameter, parameter, (wanted, a, b) => {
        const x = betaQuantile(wanted, a, b);
        expect(x).toBeGreaterThan(0);
        expect(x).toBeLessThan(1);
        expect(regularizedBeta(x, a, b)).toBeCloseTo(wanted, 10);
      }),
    );
  });

  test('reaches both ends, and refuses what is no share', () => {
    expect(betaQuantile(0, 2, 3)).toBe(0);
    expect(betaQuantile(1, 2, 3)).toBe(1);
    expect(() => betaQuantile(1.2, 2, 3)).toThrow(/a share is 0 to 1, got 1.2/);
  });
});
