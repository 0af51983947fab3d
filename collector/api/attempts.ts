// Counts tries by key (an address, an account) so that guessing is slow. In memory: a restart
// forgives, and the number of keys is bounded.
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';

export interface Attempts {
  /** Throws `too_many_requests` when the key has used up its tries. */
  check(key: string): void;
  count(key: string): void;
  clear(key: string): void;
}

export interface AttemptLimits {
  readonly max: number;
  readonly windowMs: number;
}

/** About 2 MB at most; beyond it the oldest keys are forgotten. */
const MAX_KEYS = 10_000;

export function createAttempts(limits: AttemptLimits, clock: Clock): Attempts {
  const counts = new Map<string, { count: number; readonly until: number }>();
  const current = (key: string) => {
    const entry = counts.get(key);
    return entry !== undefined && entry.until > clock.monotonicMs() ? entry : undefined;
  };
  return {
    check: (key) => {
      const entry = current(key);
      if (entry === undefined || entry.count < limits.max) return;
      const waitS = Math.ceil((entry.until - clock.monotonicMs()) / 1000);
      throw new AppError(
        'too_many_requests',
        `too many tries; wait ${waitS} seconds and try again`,
      );
    },
    count: (key) => {
      const entry = current(key);
      if (entry !== undefined) {
        entry.count += 1;
        return;
      }
      counts.delete(key);
      counts.set(key, { count: 1, until: clock.monotonicMs() + limits.windowMs });
      const [oldest] = counts.keys();
      if (counts.size > MAX_KEYS && oldest !== undefined) counts.delete(oldest);
    },
    clear: (key) => {
      counts.delete(key);
    },
  };
}
