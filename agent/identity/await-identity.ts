// A device that is installed before it is enrolled waits for its identity, so that nobody has to start
// its service afterwards.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { type Identity, loadIdentity } from './identity.ts';

export interface AwaitIdentityOptions {
  readonly directory: string;
  /** Called at once and then every `tellEveryMs` while there is no identity. */
  readonly onWaiting: () => Promise<void>;
  readonly tellEveryMs: Ms;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const LOOK_MS: Ms = 5_000;

/** Throws `data_directory` for an identity that cannot be read; rejects with the signal's reason. */
export async function awaitIdentity(options: AwaitIdentityOptions): Promise<Identity> {
  const { directory, onWaiting, tellEveryMs, clock, log, signal } = options;
  let toldMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    try {
      return await loadIdentity(directory);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_enrolled') throw error;
      if (toldMs === Number.NEGATIVE_INFINITY) log.info('not enrolled yet; waiting for that', {});
    }
    if (clock.monotonicMs() - toldMs >= tellEveryMs) {
      toldMs = clock.monotonicMs();
      await onWaiting();
    }
    await clock.sleep(Math.min(LOOK_MS, tellEveryMs), signal);
  }
}
