// Many lines that fall together on one measure server are the server's fault, or at least not each
// line's own: finds such stretches of time among all locations' tests, keeps them in the registry,
// and has the locations judged again whose tests they touch. What a fault is: assessment/servers.
import type { Norm } from '#shared/model/norm.ts';
import type { ServerFault } from '#shared/model/server-fault.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import { createCalendar } from './assessment/calendar.ts';
import type { Judge } from './assessment/judge.ts';
import { decideFaults } from './assessment/servers/decide-faults.ts';
import { readingOf } from './assessment/servers/reading.ts';
import { ReadingLog, TYPICAL_MS } from './assessment/servers/reading-log.ts';
import { reviseFaults } from './assessment/servers/revise-faults.ts';
import type { LiveEvents } from './live.ts';
import type { Registry } from './registry/registry.ts';
import type { SeriesStore, StoredMeasurement } from './series/series.ts';

export interface ServerFaultWatch extends Service {
  /** Measurements that are in the store now. */
  stored(records: readonly StoredMeasurement[]): void;
}

export interface ServerFaultWatchOptions {
  readonly registry: Pick<Registry, 'serverFaults'>;
  readonly series: Pick<SeriesStore, 'tests'>;
  readonly judge: Judge;
  readonly events: Pick<LiveEvents, 'changed'>;
  readonly norm: Norm;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Faults are looked for among the tests of this long; what a device sends later makes none. */
const LOOK_BACK_MS: Ms = 7 * 86_400_000;
const EVERY_MS: Ms = 5 * 60_000;
/** After a store did not answer. */
const RETRY_MS: Ms = 60_000;
/** Between two pages, servers or locations, so that agents and pages never wait for a country. */
const PAUSE_MS: Ms = 5;
/** Older ones the daily refresh of verdicts has seen to. */
const JUDGED_ANYWAY_MS: Ms = 24 * 3_600_000;

export function watchServerFaults(options: ServerFaultWatchOptions): ServerFaultWatch {
  const watch = new Watch(options);
  return {
    name: 'server fault watch',
    stored: (records) => watch.add(records),
    run: async (signal, ready) => {
      ready();
      await watch.run(signal);
    },
  };
}

class Watch {
  readonly #options: ServerFaultWatchOptions;
  readonly #log = new ReadingLog();
  readonly #calendar;
  /** Locations whose verdict may have changed. */
  readonly #toJudge = new Set<string>();

  constructor(options: ServerFaultWatchOptions) {
    this.#options = options;
    this.#calendar = createCalendar(options.norm.timeZone);
  }

  add(records: readonly StoredMeasurement[]): void {
    for (const record of records) {
      const reading = readingOf(record, this.#calendar, this.#options.norm);
      if (reading !== undefined) this.#log.add(reading);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let isLoaded = false;
    while (!signal.aborted) {
      const isDone: boolean = await this.#once(isLoaded, signal).catch((error: unknown) => {
        if (!signal.aborted) {
          this.#options.log.error('faults of measure servers were not looked for; tried again', {
            error,
          });
        }
        return false;
      });
      isLoaded ||= isDone;
      await clock.sleep(isDone ? EVERY_MS : RETRY_MS, signal).catch(() => {});
    }
  }

  async #once(isLoaded: boolean, signal: AbortSignal): Promise<true> {
    // Not before all is there: what is missing would seem to be withdrawn.
    if (!isLoaded) await this.#load(signal);
    this.#log.prune(this.#options.clock.now() - LOOK_BACK_MS - TYPICAL_MS);
    await this.#lookForFaults(signal);
    await this.#judgeAgain(signal);
    return true;
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { series, registry, clock, log } = this.#options;
    const now = clock.now();
    let tests = 0;
    const from = now - LOOK_BACK_MS - TYPICAL_MS;
    for await (const page of series.tests({ from, to: Number.MAX_SAFE_INTEGER })) {
      this.add(page);
      tests += page.length;
      await clock.sleep(PAUSE_MS, signal);
    }
    // The process may have ended between a fault and the verdicts that it touches.
    for (const fault of await registry.serverFaults.changedSince(now - JUDGED_ANYWAY_MS)) {
      this.#remember(fault.server, fault);
    }
    log.debug('readings of measure servers loaded', { tests });
  }

  async #lookForFaults(signal: AbortSignal): Promise<void> {
    const servers = this.#log.takeTouched();
    for (const [index, server] of servers.entries()) {
      await this.#lookAt(server, signal).catch((error: unknown) => {
        for (const left of servers.slice(index)) this.#log.touch(left);
        throw error;
      });
    }
  }

  async #lookAt(server: string, signal: AbortSignal): Promise<void> {
    const { registry, clock, log } = this.#options;
    const since = clock.now() - LOOK_BACK_MS;
    const found: ServerFault[] = [];
    for (const direction of ['download', 'upload'] as const) {
      const comparisons = this.#log.comparisons(server, direction, since);
      await clock.sleep(PAUSE_MS, signal);
      found.push(...decideFaults(server, direction, comparisons));
      await clock.sleep(PAUSE_MS, signal);
    }
    const all = { from: since, to: Number.MAX_SAFE_INTEGER };
    const kept = await registry.serverFaults.find({ server, ...all });
    const { add, withdraw, changed } = reviseFaults(kept, found, since);
    if (add.length === 0 && withdraw.length === 0) return;
    await registry.serverFaults.revise(add, withdraw);
    for (const fault of add) {
      const { direction, lines, fallen } = fault;
      const [from, to] = [fault.from, fault.to].map((at) => new Date(at).toISOString());
      log.warn('many lines fell together on a measure server; those tests fail no line', {
        ...{ server, direction, from, to, lines, fallen },
      });
    }
    for (const stretch of changed) this.#remember(server, stretch);
  }

  #remember(server: string, { from, to }: { from: EpochMs; to: EpochMs }): void {
    for (const locationId of this.#log.locationsWithin(server, from, to)) {
      this.#toJudge.add(locationId);
    }
  }

  async #judgeAgain(signal: AbortSignal): Promise<void> {
    const { judge, events, clock, log } = this.#options;
    // Those that fail are tried again in the next round.
    for (const locationId of [...this.#toJudge]) {
      await judge.judge(locationId).then(
        () => {
          this.#toJudge.delete(locationId);
          events.changed(locationId);
        },
        (error: unknown) => {
          // A location that is no more: its tests are there still.
          const isGone = error instanceof AppError && error.code === 'not_found';
          if (isGone) this.#toJudge.delete(locationId);
          else log.error('no new verdict after a server fault', { locationId, error });
        },
      );
      await clock.sleep(PAUSE_MS, signal);
    }
  }
}
