// Quantiles of the standard normal distribution: Acklam's rational approximation (relative error
// under 1.2e-9), for intervals where that is far finer than the data.

const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
] as const;
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1, 1,
] as const;
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
] as const;
const D = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1,
] as const;
/** Below this share, and above its mirror image, the tail's approximation is used. */
const TAIL = 0.02425;

/** The z with a share of `share` at or under it; `share` strictly between 0 and 1. */
export function normalQuantile(share: number): number {
  if (!(share > 0 && share < 1)) {
    throw new RangeError(`a share strictly between 0 and 1 is needed, got ${share}`);
  }
  if (share > 0.5) return -normalQuantile(1 - share);
  if (share < TAIL) {
    const q = Math.sqrt(-2 * Math.log(share));
    return polynomial(C, q) / polynomial(D, q);
  }
  const q = share - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / polynomial(B, r);
}

/** Horner's scheme, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
