// Watches the processors, the event loop and the port while a test loads the line.
import type { Conditions } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { PortLoad, PortSample } from './foreign-share.ts';
import type { HostFiles } from './host-files.ts';
import { isEthernet, readPortBytes } from './port.ts';
import { busiestShare, type CoreTimes, readCores, readThrottledMs } from './processors.ts';

export interface LoadWatchOptions {
  readonly files: HostFiles;
  readonly clock: Clock;
  /** Starts a reading of the event loop's busy share (0–1); the result ends it. */
  readonly eventLoop: () => () => number;
}

interface Phase {
  readonly direction: Direction;
  readonly cores: readonly CoreTimes[];
  window: { readonly sinceMs: Ms; readonly cores: readonly CoreTimes[] };
  /** The busiest core's share in each whole window. */
  readonly windows: number[];
  readonly startedMs: Ms;
  readonly samples: PortSample[];
  readonly eventLoop: () => number;
  readonly stopTicks: () => void;
}

interface Seen {
  readonly busiest: number | undefined;
  readonly eventLoop: number;
  readonly load: PortLoad | undefined;
}

const TICK_MS = 20;
/** A second without a free core bends a reading; the mean over the whole load would not show it. */
const WINDOW_MS = 1_000;

export class LoadWatch {
  readonly #options: LoadWatchOptions;
  readonly #port: string | undefined;
  readonly #lateness: number[] = [];
  readonly #seen: Seen[] = [];
  /** At the beginning of it all: what holds the test back beside its load bends it as well. */
  readonly #throttledMs: number | undefined;
  #phase: Phase | undefined;

  constructor(options: LoadWatchOptions, port: string | undefined) {
    this.#options = options;
    this.#port = port;
    this.#throttledMs = readThrottledMs(options.files);
  }

  started(direction: Direction): void {
    const { files, clock, eventLoop } = this.#options;
    let last = clock.monotonicMs();
    const cores = readCores(files);
    const stopTicks = clock.every(TICK_MS, () => {
      const now = clock.monotonicMs();
      this.#lateness.push(Math.max(0, now - last - TICK_MS));
      last = now;
      this.#look(now);
    });
    this.#phase = {
      direction,
      cores,
      window: { sinceMs: last, cores },
      windows: [],
      startedMs: last,
      samples: [],
      eventLoop: eventLoop(),
      stopTicks,
    };
  }

  /** The port's counters beside the test's own, where there is a port. */
  sampled(direction: Direction, ownBytes: Bytes): void {
    const phase = this.#phase;
    if (phase === undefined || phase.direction !== direction || this.#port === undefined) return;
    const port = readPortBytes(this.#options.files, this.#port);
    if (port === undefined) return;
    const elapsedMs = this.#options.clock.monotonicMs() - phase.startedMs;
    phase.samples.push({ elapsedMs, ownBytes, port });
  }

  ended(direction: Direction): void {
    const phase = this.#phase;
    if (phase === undefined || phase.direction !== direction) return;
    this.#phase = undefined;
    phase.stopTicks();
    this.#seen.push({
      busiest: busiestOf(phase, readCores(this.#options.files)),
      eventLoop: phase.eventLoop(),
      load: this.#load(phase),
    });
  }

  #look(nowMs: Ms): void {
    const phase = this.#phase;
    if (phase === undefined || nowMs - phase.window.sinceMs < WINDOW_MS) return;
    const cores = readCores(this.#options.files);
    const share = busiestShare(phase.window.cores, cores);
    if (share !== undefined) phase.windows.push(share);
    phase.window = { sinceMs: nowMs, cores };
  }

  /** A direction that broke off is not judged, but its timer must end. */
  stop(): void {
    this.#phase?.stopTicks();
    this.#phase = undefined;
  }

  cpu(): Conditions['cpu'] {
    const busiest = this.#seen.flatMap(({ busiest }) => (busiest === undefined ? [] : [busiest]));
    if (busiest.length === 0) return undefined;
    const throttled = readThrottledMs(this.#options.files);
    const isKnown = throttled !== undefined && this.#throttledMs !== undefined;
    const sorted = this.#lateness.toSorted((a, b) => a - b);
    return {
      busiestCore: Math.max(...busiest),
      eventLoop: Math.min(1, Math.max(...this.#seen.map(({ eventLoop }) => eventLoop))),
      timerLatenessP99Ms: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0,
      ...(isKnown ? { throttledMs: throttled - (this.#throttledMs ?? 0) } : {}),
    };
  }

  /** What passed the port during the loads that came to an end. */
  loads(): PortLoad[] {
    return this.#seen.flatMap(({ load }) => (load === undefined ? [] : [load]));
  }

  #load({ direction, samples }: Phase): PortLoad | undefined {
    if (this.#port === undefined || samples.length === 0) return undefined;
    return { direction, samples, isEthernet: isEthernet(this.#options.files, this.#port) };
  }
}

/** In the busiest second; of a load too short for one, in all of it. */
function busiestOf({ cores, windows }: Phase, now: readonly CoreTimes[]): number | undefined {
  const whole = busiestShare(cores, now);
  return whole === undefined ? undefined : Math.max(whole, ...windows);
}
