// A device that is installed before it is enrolled waits for its identity, so that nobody has to start
// its service afterwards.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { feedMs } from '../health/liveness-service.ts';
import type { ServiceManager } from '../health/service-manager.ts';
import { type Identity, loadIdentity } from './identity.ts';

export interface AwaitIdentityOptions {
  readonly directory: string;
  /** Is told that all is well: to wait is what there is to do. */
  readonly manager: ServiceManager;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const LOOK_MS: Ms = 5_000;
const STATUS = 'waits for its enrolment: meetnet-agent enroll';

/** Undefined when it was stopped before. Throws `data_directory` for an identity that cannot be read. */
export async function awaitIdentity(options: AwaitIdentityOptions): Promise<Identity | undefined> {
  const { directory, manager, clock, log, signal } = options;
  const tellEveryMs = feedMs(manager);
  let toldMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    try {
      return await loadIdentity(directory);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_enrolled') throw error;
    }
    if (toldMs === Number.NEGATIVE_INFINITY) log.info('not enrolled yet; waiting for that');
    if (clock.monotonicMs() - toldMs >= tellEveryMs) {
      toldMs = clock.monotonicMs();
      await manager.tell({ READY: '1', WATCHDOG: '1', STATUS });
    }
    await clock.sleep(Math.min(LOOK_MS, tellEveryMs), signal).catch(() => {});
  }
  return undefined;
}
