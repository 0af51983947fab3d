// The only door to time. Handed in everywhere else, so that tests can move it.
// Owns: wall clock, monotonic clock, sleeping. Does not own: time zones, schedules.

export interface Clock {
  /** Wall clock, ms since the epoch; may step. For time stamps only. */
  now(): number;
  /** Monotonic, ms with fractions, from an arbitrary start. For durations. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `tick` every `ms` until the returned function is called. Keeps no process alive. */
  every(ms: number, tick: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  every: (ms, tick) => {
    const timer: unknown = setInterval(tick, ms);
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
      (timer as { unref(): void }).unref();
    }
    return () => clearInterval(timer as number);
  },
};

/**
 * Settles as `work` does, or rejects with `error()` once `ms` have passed. The signal given to
 * `work` fires in either case when the wait is over, so that nothing is left behind.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  error: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
  parent?: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  const signal = parent === undefined ? over.signal : AbortSignal.any([parent, over.signal]);
  const expired = clock.sleep(ms, signal).then(
    () => {
      throw error();
    },
    (reason: unknown) => {
      if (parent?.aborted) throw parent.reason;
      throw reason;
    },
  );
  try {
    return await Promise.race([work(signal), expired]);
  } finally {
    over.abort(new Error('the wait is over'));
    expired.catch(() => {});
  }
}
