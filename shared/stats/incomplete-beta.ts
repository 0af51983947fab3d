// The regularised incomplete beta function I_x(a, b) and its inverse, the quantile of the beta
// distribution. Source: NIST DLMF 8.17 (continued fraction 8.17.22, evaluated by Lentz's method);
// log-gamma by Lanczos' approximation (g = 7, 9 terms), about 15 digits.

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;
const LANCZOS_G = 7;
/** Keeps Lentz's denominators from vanishing. */
const TINY = 1e-300;
const EPSILON = 1e-16;
/** The fraction needs about √max(a, b) terms; this is reached by no count of tests. */
const MAX_TERMS = 10_000;

/** ln Γ(x) for x ≥ 0.5, which is all that counts of tests need. */
export function logGamma(x: number): number {
  if (!(x >= 0.5)) throw new RangeError(`logGamma needs x ≥ 0.5, got ${x}`);
  const y = x - 1;
  let sum: number = LANCZOS[0];
  for (let term = 1; term < LANCZOS.length; term += 1) sum += (LANCZOS[term] ?? 0) / (y + term);
  const t = y + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** I_x(a, b): the share of a beta(a, b) distribution at or under x, with a, b ≥ 0.5. */
export function regularizedBeta(x: number, a: number, b: number): number {
  return cumulative(x, a, b, logBeta(a, b));
}

/** The x for which I_x(a, b) = share; `share` in [0, 1], a, b ≥ 0.5. */
export function betaQuantile(share: number, a: number, b: number): number {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`a share is 0 to 1, got ${share}`);
  if (share === 0 || share === 1) return share;
  const logB = logBeta(a, b);
  let low = 0;
  let high = 1;
  let x = a / (a + b);
  // Newton's steps, kept inside a shrinking bracket: a step that leaves it becomes a bisection.
  for (let step = 0; step < 200; step += 1) {
    const excess = cumulative(x, a, b, logB) - share;
    if (excess === 0) return x;
    if (excess < 0) low = x;
    else high = x;
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logB);
    const newton = x - excess / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 4 * EPSILON * x) return next;
    x = next;
  }
  return x;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

function cumulative(x: number, a: number, b: number, logB: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logB);
  // The fraction converges fast on the near side of the mean; the other side is its mirror image.
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= MAX_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const change = d * c;
    value *= change;
    if (Math.abs(change - 1) <= EPSILON) return value;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
