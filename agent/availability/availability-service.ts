// Keeps the watch: listens to the uplink, looks for itself when that is silent, and spools each
// stretch that has ended. The decisions are watch.ts's and classify.ts's.
import type { LineLook, StretchEnd } from '#shared/model/availability.ts';
import type { Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { HostFiles } from '../measure/environment/host-files.ts';
import type { Spool } from '../spool/spool.ts';
import type { Uplink } from '../uplink/uplink-service.ts';
import { classify } from './classify.ts';
import type { ProbeLine } from './probe-line.ts';
import {
  type ClockReading,
  type MeasurementContext,
  measurementOf,
  type TimedStretch,
  timed,
} from './to-measurement.ts';
import { type EndedStretch, endWatch, NOTHING_SEEN, observe, type Watch } from './watch.ts';
import type { StretchKeeper } from './watch-file.ts';

export interface AvailabilityOptions extends MeasurementContext {
  readonly keeper: StretchKeeper;
  readonly uplink: Pick<Uplink, 'pulse' | 'clockOffsetMs' | 'drained'>;
  readonly spool: Pick<Spool, 'append'>;
  readonly probe: ProbeLine;
  /** Called now and then while the line is up. */
  readonly learn: () => Promise<void>;
  readonly files: HostFiles;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
}

/** How often the uplink is asked what it knows; costs no packet. */
const TICK_MS: Ms = 5_000;
/** A ping that is answered at all is answered by then, also on a full line. */
const ANSWER_MS: Ms = 5_000;
/** Between two looks that must agree. */
const AGAIN_MS: Ms = 3_000;
/** Between looks while the line stays down: 10, 20, 40, 60 s. */
const LOOKS_MS = { least: 10_000, most: 60_000 };
/** Written when something changes, and else this often: each costs a flash card some 24 kB. */
const KEEP_EVERY_MS: Ms = 900_000;
/** A stretch that has just begun has no length yet. */
const KEEP_FIRST_MS: Ms = 60_000;
const LEARN_EVERY_MS: Ms = 3_600_000;
/** A device that slept has a monotonic clock that stood still, and an uptime that did not. */
const SLEPT_MS: Ms = 5_000;
/** More are spooled with the clock as it is: hours of an outage whose true time is not known yet. */
const MAX_WAITING = 48;
/** For the last record to reach the collector, so that it knows of the stop. */
const GOODBYE_MS: Ms = 1_000;

export function createAvailabilityService(options: AvailabilityOptions): Service {
  return {
    name: 'availability',
    run: async (signal, ready) => {
      ready();
      await new StandingWatch(options).run(signal);
    },
  };
}

/** With its wall time where that cannot be told from later readings of the clock. */
interface Waiting {
  readonly stretch: EndedStretch;
  readonly timed?: TimedStretch;
}

interface Reading extends ClockReading {
  /** Goes on while the device sleeps, unlike the monotonic clock. */
  readonly uptimeMs: Ms | undefined;
}

class StandingWatch {
  readonly #options: AvailabilityOptions;
  readonly #bootId: string | undefined;
  #watch: Watch = NOTHING_SEEN;
  #waiting: readonly Waiting[] = [];
  #reading: Reading;
  #nextLookMs = Number.NEGATIVE_INFINITY;
  #looks = 0;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #kept = { id: '', atMs: Number.NEGATIVE_INFINITY, durationMs: 0 };
  #learnedMs = Number.NEGATIVE_INFINITY;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
    this.#bootId = options.files.read('/proc/sys/kernel/random/boot_id')?.trim();
    this.#reading = this.#read();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    await this.#recover().catch((error: unknown) =>
      log.error('what the watch had seen before is lost', { error: messageOf(error) }),
    );
    while (!signal.aborted) {
      try {
        await this.#tick(signal);
        const untilLook = this.#nextLookMs - clock.monotonicMs();
        await clock.sleep(untilLook > 0 ? Math.min(TICK_MS, untilLook) : TICK_MS, signal);
      } catch (error) {
        if (signal.aborted) break;
        log.error('the watch of the line failed', { error: messageOf(error) });
        await clock.sleep(TICK_MS, signal).catch(() => {});
      }
    }
    await this.#stop();
  }

  /** What was open when the agent ended without a word. */
  async #recover(): Promise<void> {
    const { keeper } = this.#options;
    const kept = await keeper.read();
    if (kept === undefined) return;
    const isSameRun = kept.bootId === undefined || kept.bootId === this.#bootId;
    await this.#append(kept.stretch, isSameRun ? 'killed' : 'restarted');
    // Only now: a record that is spooled twice has one id, one that is spooled never is lost.
    await keeper.remove();
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock, uplink } = this.#options;
    this.#readClocks();
    const { answeredMs, unansweredSinceMs, isConnected } = uplink.pulse();
    this.#heard(answeredMs);
    const now = clock.monotonicMs();
    const isHealthy =
      isConnected && (unansweredSinceMs === undefined || now - unansweredSinceMs <= ANSWER_MS);
    if (isHealthy) {
      this.#looks = 0;
      this.#nextLookMs = Number.NEGATIVE_INFINITY;
      if (answeredMs !== undefined) await this.#learn();
    } else if (now >= this.#nextLookMs) {
      await this.#look(unansweredSinceMs, signal);
    }
    await this.#flush();
    await this.#keep();
  }

  async #look(unansweredSinceMs: Ms | undefined, signal: AbortSignal): Promise<void> {
    const { clock, uplink, probe } = this.#options;
    const atMs = clock.monotonicMs();
    const evidence: LineLook = await probe(signal);
    // It came back while we looked.
    if (this.#heard(uplink.pulse().answeredMs)) return;
    const sinceMs = unansweredSinceMs === undefined ? {} : { sinceMs: unansweredSinceMs };
    this.#see({ state: classify(evidence), atMs, ...sinceMs, evidence });
    const isDoubtful = this.#watch.suspicion !== undefined;
    const waitMs = Math.min(LOOKS_MS.most, LOOKS_MS.least * 2 ** this.#looks);
    if (!isDoubtful) this.#looks += 1;
    this.#nextLookMs = clock.monotonicMs() + (isDoubtful ? AGAIN_MS : waitMs);
  }

  /** Whether the collector has answered since it was last asked here. */
  #heard(answeredMs: Ms | undefined): boolean {
    if (answeredMs === undefined || answeredMs <= this.#answeredMs) return false;
    this.#answeredMs = answeredMs;
    this.#see({ state: 'up', atMs: answeredMs });
    return true;
  }

  #see(sign: Parameters<typeof observe>[1]): void {
    const { newId, log } = this.#options;
    const before = this.#watch.open?.state;
    const { watch, ended } = observe(this.#watch, sign, newId);
    this.#watch = watch;
    this.#waiting = [...this.#waiting, ...ended.map((stretch) => ({ stretch }))];
    const state = watch.open?.state;
    if (state === before) return;
    this.#looks = 0;
    log[state === 'up' ? 'info' : 'warn']('the line changed', { state, before });
  }

  /** Reads the clocks. Times before a sleep are told by the clocks as they were before it. */
  #readClocks(): void {
    const [before, now] = [this.#reading, this.#read()];
    const passedMs = now.monotonicMs - before.monotonicMs;
    const isKnown = before.uptimeMs !== undefined && now.uptimeMs !== undefined;
    if (isKnown && Number(now.uptimeMs) - Number(before.uptimeMs) - passedMs > SLEPT_MS) {
      const ended = endWatch(this.#watch, 'paused').map((stretch) => ({ stretch }));
      const waiting: readonly Waiting[] = [...this.#waiting, ...ended];
      this.#waiting = waiting.map(({ stretch, timed: at }) => ({
        stretch,
        timed: at ?? timed(stretch, before),
      }));
      this.#watch = NOTHING_SEEN;
    }
    this.#reading = now;
  }

  /** Held back until the collector's time is known: only then is its own time known. */
  async #flush(isLast = false): Promise<void> {
    this.#readClocks();
    const isTimeKnown = this.#reading.offsetMs !== undefined;
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting;
      const mayGo =
        isLast || isTimeKnown || first?.timed !== undefined || this.#waiting.length > MAX_WAITING;
      if (first === undefined || !mayGo) return;
      await this.#append(first.timed ?? timed(first.stretch, this.#reading), first.stretch.ended);
      this.#waiting = this.#waiting.slice(1);
    }
  }

  async #append(stretch: TimedStretch, ended: StretchEnd): Promise<void> {
    if (stretch.durationMs <= 0) return;
    await this.#options.spool.append(measurementOf(stretch, ended, this.#options));
  }

  async #keep(): Promise<void> {
    const { keeper, clock } = this.#options;
    const { open } = this.#watch;
    if (open === undefined) return;
    const now = clock.monotonicMs();
    const everyMs = this.#kept.durationMs > 0 ? KEEP_EVERY_MS : KEEP_FIRST_MS;
    if (open.id === this.#kept.id && now - this.#kept.atMs < everyMs) return;
    const stretch = timed({ ...open, untilMs: open.lastMs }, this.#reading);
    await keeper.write({ bootId: this.#bootId, stretch });
    this.#kept = { id: open.id, atMs: now, durationMs: stretch.durationMs };
  }

  async #learn(): Promise<void> {
    const now = this.#options.clock.monotonicMs();
    if (now - this.#learnedMs < LEARN_EVERY_MS) return;
    this.#learnedMs = now;
    await this.#options.learn();
  }

  async #stop(): Promise<void> {
    const { keeper, uplink, clock, log } = this.#options;
    // What came since the last tick, lest a stretch that has just begun has no length.
    this.#heard(uplink.pulse().answeredMs);
    const ended = endWatch(this.#watch, 'stopped').map((stretch) => ({ stretch }));
    this.#waiting = [...this.#waiting, ...ended];
    try {
      await this.#flush(true);
      await keeper.remove();
    } catch (error) {
      log.error('the last of the watch could not be kept', { error: messageOf(error) });
    }
    if (!uplink.pulse().isConnected) return;
    const late = () => new Error('the collector did not take it in time');
    await withDeadline(clock, GOODBYE_MS, late, (within) => uplink.drained(within)).catch(() => {});
  }

  #read(): Reading {
    const { clock, uplink } = this.#options;
    return {
      wallMs: clock.now(),
      monotonicMs: clock.monotonicMs(),
      offsetMs: uplink.clockOffsetMs(),
      uptimeMs: this.#uptime(),
    };
  }

  #uptime(): Ms | undefined {
    const text = this.#options.files.read('/proc/uptime')?.split(' ')[0];
    const seconds = Number(text);
    return text === undefined || Number.isNaN(seconds) ? undefined : 1000 * seconds;
  }
}
