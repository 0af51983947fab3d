// Looks every minute whether a disk that took nothing takes something again, and drops what is too old.
import type { Clock } from '#shared/runtime/clock.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Spool } from './spool.ts';

const EVERY_MS = 60_000;

export function createFlushService(spool: Pick<Spool, 'flush'>, clock: Clock): Service {
  return {
    name: 'spool',
    run: async (signal, ready) => {
      ready();
      while (!signal.aborted) {
        await clock.sleep(EVERY_MS, signal).catch(() => {});
        if (!signal.aborted) await spool.flush();
      }
    },
  };
}
