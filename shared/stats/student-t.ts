// Student's t quantile, for confidence intervals of few batches.

/**
 * The value that a t-distributed variable with `df` degrees of freedom stays under with
 * probability `p` (0.5 ≤ p < 1). Exact for 1 and 2; else Hill's expansion (G. W. Hill, Algorithm
 * 396, CACM 13(10), 1970), within 0.1% for df ≥ 3 at the levels used here.
 */
export function studentTQuantile(p: number, df: number): number {
  const tail = 2 * (1 - p);
  if (df === 1) return 1 / Math.tan((tail * Math.PI) / 2);
  if (df === 2) return Math.sqrt(2 / (tail * (2 - tail)) - 2);
  const a = 1 / (df - 0.5);
  const b = 48 / (a * a);
  const c = ((20700 * a) / b - 98) * a - 16 * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * df;
  const y = (d * tail) ** (2 / df);
  return Math.sqrt(df * (y > 0.05 + a ? fromNormal(tail, df, b, c) : fromPower(y, df, d)));
}

function fromPower(y: number, df: number, d: number): number {
  const inner = 1 / (((df + 6) / (df * y) - 0.089 * d - 0.822) * (df + 2) * 3) + 0.5 / (df + 4);
  return (inner * y - 1) * ((df + 1) / (df + 2)) + 1 / y;
}

function fromNormal(tail: number, df: number, b: number, c0: number): number {
  const x = normalQuantile(tail / 2);
  const y = x * x;
  const c = df < 5 ? c0 + 0.3 * (df - 4.5) * (x + 0.6) : c0;
  const d = (((0.05 * Math.sqrt(1 / b) * x - 5) * x - 7) * x - 2) * x + b + c;
  const inner = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / d - y - 3) / b + 1) * x;
  const a = 1 / (df - 0.5);
  return Math.expm1(a * inner * inner);
}

/** Lower-tail normal quantile (P. Acklam's rational approximation, relative error < 1.2e-9). */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_TOP, q) / (polynomial(TAIL_BOTTOM, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(MID_TOP, r) * q) / (polynomial(MID_BOTTOM, r) * r + 1);
}

const MID_TOP = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
];
const MID_BOTTOM = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1,
];
const TAIL_TOP = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const TAIL_BOTTOM = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416,
];

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
