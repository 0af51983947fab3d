// Looks whether the agent moves and tells the service manager that it does. Where it does not, it tells
// nothing and ends the agent, so that any supervisor starts it again; a process too stuck even for that
// is ended by the manager's watchdog.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Service } from '#shared/runtime/service.ts';
import { look, type Progress, startLiveness } from './liveness.ts';
import type { ServiceManager } from './service-manager.ts';

export interface LivenessOptions {
  readonly progress: () => Progress;
  readonly manager: ServiceManager;
  /** One line of how it goes, for `systemctl status`. */
  readonly statusText: () => string;
  readonly clock: Clock;
}

const LOOK_MS: Ms = 60_000;
/** Of the watchdog's time: two looks may come late. */
const WATCHDOG_SHARE = 1 / 3;

export function createLivenessService(options: LivenessOptions): Service {
  const { progress, manager, statusText, clock } = options;
  const now = () => ({ wallMs: clock.now(), monotonicMs: clock.monotonicMs() });
  return {
    name: 'liveness',
    /** Rejects with `internal_error`, which ends the agent. */
    run: async (signal, ready) => {
      ready();
      let liveness = startLiveness(progress(), now());
      while (!signal.aborted) {
        liveness = look(liveness, progress(), now());
        if (liveness.stuck.length > 0) {
          throw new AppError(
            'internal_error',
            `no progress of ${liveness.stuck.join(', ')}; this agent ends, to be started again`,
          );
        }
        await manager.tell({ READY: '1', WATCHDOG: '1', STATUS: statusText() });
        await clock.sleep(feedMs(manager), signal).catch(() => {});
      }
    },
  };
}

/** How often the manager is to hear of us. */
export function feedMs({ watchdogMs = Number.POSITIVE_INFINITY }: ServiceManager): Ms {
  return Math.min(LOOK_MS, watchdogMs * WATCHDOG_SHARE);
}
