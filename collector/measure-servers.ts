// All measure servers of this collector in one place: which there are, whether they answer, who may
// be sent to them, and what agents report of them.
import type { FailureCode } from '#shared/model/failure.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import { type Bound, reachedFromHere } from './config/addresses.ts';
import { allServers } from './config/measure-servers.ts';
import type { CollectorSettings } from './config/settings.ts';
import type { StoredMeasurement } from './series/series.ts';
import type { ServerCondition } from './slots/decide-condition.ts';
import type { MeasureServer } from './slots/decide-slot.ts';
import { createServerWatch, type ServerWatch } from './slots/server-watch.ts';

export interface MeasureServers {
  readonly watch: ServerWatch;
  /** With those that are away marked; the one beside the collector first. */
  list(): readonly MeasureServer[];
  /** The first that answers, for latency: or the first, when none does. */
  first(): string;
  condition(url: string): ServerCondition;
  /** Measurements that came in: a server that agents cannot reach is looked at soon. */
  stored(records: readonly StoredMeasurement[]): void;
}

export interface MeasureServersOptions {
  readonly settings: CollectorSettings;
  /** Asked once the measure server listens. */
  readonly meetpuntUrl: () => string;
  readonly meetpuntBound: () => Bound;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What a test ends by when its server is not there, or not itself. */
const AWAY_CODES: readonly FailureCode[] = [
  'dns_lookup_failed',
  'connect_refused',
  'connect_timed_out',
  'tls_failed',
  'tls_untrusted',
  'intercepted',
];
/** What an agent kept for longer says nothing of now. */
const NEWS_MS: Ms = 5 * 60_000;

export function createMeasureServers(options: MeasureServersOptions): MeasureServers {
  const { settings, meetpuntUrl, clock, random, log } = options;
  const all = () =>
    allServers({ url: meetpuntUrl(), capacity: settings.meetpuntSlots }, settings.meetpunten);
  const isOwn = (url: string) => settings.meetpuntSlots > 0 && url === meetpuntUrl();
  const watch = createServerWatch({
    ...{ clock, random, log },
    targets: () =>
      all().map(({ url }) =>
        // Its public address may not be there from the inside of its own network.
        isOwn(url)
          ? { url, through: reachedFromHere(settings, url, options.meetpuntBound()) }
          : { url },
      ),
  });
  const list = () =>
    all().map(
      (server): MeasureServer =>
        watch.condition(server.url).state === 'away' ? { ...server, state: 'away' } : server,
    );
  return {
    watch,
    list,
    first: () => {
      const servers = list();
      return (servers.find(({ state }) => state !== 'away') ?? servers[0])?.url ?? meetpuntUrl();
    },
    condition: (url) => watch.condition(url),
    stored: (records) => {
      const now = clock.now();
      for (const { measurement, startedAt } of records) {
        const code = measurement.failure?.code;
        if (code === undefined || !AWAY_CODES.includes(code) || now - startedAt > NEWS_MS) continue;
        watch.suspect(measurement.conditions.server);
      }
    },
  };
}
