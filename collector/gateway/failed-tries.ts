// Failed handshakes by address, so that guessing costs time. Good ones are never counted: behind
// one address there may be a whole town.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';

export interface FailedTries {
  count(address: string): void;
  /** How long `address` is to wait, or 0. */
  waitMs(address: string): Ms;
}

const WINDOW_MS: Ms = 60_000;
const MAX_FAILURES = 30;
/** Beyond it the oldest are forgotten: a bound on memory, not on attackers with many addresses. */
const MAX_ADDRESSES = 10_000;

export function createFailedTries(clock: Pick<Clock, 'monotonicMs'>): FailedTries {
  const windows = new Map<string, { readonly endsAt: number; failures: number }>();
  const current = (address: string) => {
    const window = windows.get(address);
    if (window === undefined || window.endsAt > clock.monotonicMs()) return window;
    windows.delete(address);
    return undefined;
  };
  return {
    count: (address) => {
      const window = current(address);
      if (window !== undefined) {
        window.failures += 1;
        return;
      }
      const oldest = windows.size < MAX_ADDRESSES ? undefined : windows.keys().next().value;
      if (oldest !== undefined) windows.delete(oldest);
      windows.set(address, { endsAt: clock.monotonicMs() + WINDOW_MS, failures: 1 });
    },
    waitMs: (address) => {
      const window = current(address);
      if (window === undefined || window.failures < MAX_FAILURES) return 0;
      return window.endsAt - clock.monotonicMs();
    },
  };
}
