// Work that comes round again and again, each time on its own: one that failed is logged and tried
// at the next time.

import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';

export interface RepeatingOptions {
  readonly name: string;
  readonly everyMs: Ms;
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** At once, and then again `everyMs` after each end. */
export function repeating({ name, everyMs, work, clock, log }: RepeatingOptions): Service {
  return {
    name,
    run: async (signal, ready) => {
      ready();
      while (!signal.aborted) {
        await work(signal).catch((error: unknown) => {
          if (!signal.aborted)
            log.error(`${name} failed; tried again later`, { error: messageOf(error) });
        });
        await clock.sleep(everyMs, signal).catch(() => {});
      }
    },
  };
}
