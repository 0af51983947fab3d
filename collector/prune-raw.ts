// Raw counters have a shorter life than measurements: they serve new estimators, not verdicts.
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { RawStore } from './series/raw.ts';

export interface PruneRawOptions {
  readonly raw: Pick<RawStore, 'prune'>;
  readonly days: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const EVERY_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;

/** At once and then every six hours. */
export function pruneRaw({ raw, days, clock, log }: PruneRawOptions): Service {
  const once = async () => {
    const removed = await raw.prune(clock.now() - days * DAY_MS);
    if (removed > 0) log.info('old raw counters removed', { tests: removed, days });
  };
  return {
    name: 'raw retention',
    run: async (signal, ready) => {
      ready();
      while (!signal.aborted) {
        await once().catch((error: unknown) =>
          log.error('old raw counters were not removed; tried again later', {
            error: messageOf(error),
          }),
        );
        await clock.sleep(EVERY_MS, signal).catch(() => {});
      }
    },
  };
}
