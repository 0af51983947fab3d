// Time passes and norms change without a new measurement: evidence grows old, a silent device
// becomes `no_data`. Judges again what was judged by another norm or more than a day ago.
import type { Norm } from '#shared/model/norm.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Judge } from './assessment/judge.ts';
import type { LiveEvents } from './live.ts';
import type { Registry } from './registry/registry.ts';

const EVERY_MS = 3_600_000;
const STALE_MS = 24 * 3_600_000;
/** Between two locations, so that results and pages never wait for 9,000 of them. */
const PAUSE_MS = 5;

export interface RefreshOptions {
  readonly registry: Pick<Registry, 'devices' | 'verdicts'>;
  readonly judge: Judge;
  readonly events: LiveEvents;
  readonly norm: Norm;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Looks at once and then every hour. A location without devices keeps the verdict it has. */
export function refreshVerdicts(options: RefreshOptions): Service {
  return {
    name: 'verdict refresh',
    run: async (signal, ready) => {
      ready();
      while (!signal.aborted) {
        await refreshOnce(options, signal).catch((error: unknown) => {
          if (!signal.aborted) {
            options.log.error('verdicts were not refreshed; tried again in an hour', { error });
          }
        });
        await options.clock.sleep(EVERY_MS, signal).catch(() => {});
      }
    },
  };
}

async function refreshOnce(options: RefreshOptions, signal: AbortSignal): Promise<void> {
  const { registry, judge, events, norm, clock, log } = options;
  const [devices, verdicts] = await Promise.all([registry.devices(), registry.verdicts()]);
  const stale = [...new Set(devices.map(({ locationId }) => locationId))].filter((id) =>
    isStale(verdicts.get(id), norm, clock.now()),
  );
  for (const locationId of stale) {
    // One that cannot be judged must not keep the others behind it from theirs.
    await judge.judge(locationId).then(
      () => events.changed(locationId),
      (error: unknown) => log.error('a verdict was not refreshed', { locationId, error }),
    );
    await clock.sleep(PAUSE_MS, signal);
  }
  if (stale.length > 0) log.info('verdicts refreshed', { locations: stale.length });
}

function isStale(verdict: Verdict | undefined, norm: Norm, now: number): boolean {
  if (verdict === undefined || verdict.normVersion !== norm.version) return true;
  return now - Date.parse(verdict.judgedAt) >= STALE_MS;
}
