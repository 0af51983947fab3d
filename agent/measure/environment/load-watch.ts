// Watches the processors, the event loop and the port while a test loads the line.
import type { Conditions } from '#shared/model/measurement.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { HostFiles } from './host-files.ts';
import { type PortBytes, readPortBytes } from './port.ts';
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
  readonly port: PortBytes | undefined;
  readonly eventLoop: () => number;
  readonly stopTicks: () => void;
}

interface Seen {
  readonly busiest: number | undefined;
  readonly eventLoop: number;
  readonly foreignShare: number | undefined;
}

const TICK_MS = 20;
/** A second without a free core bends a reading; the mean over the whole load would not show it. */
const WINDOW_MS = 1_000;
/** Ethernet frame over payload at full packets: 1514/1448; more is someone else's. */
const WIRE_OVER_PAYLOAD = 1514 / 1448;

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
      port: this.#portBytes(),
      eventLoop: eventLoop(),
      stopTicks,
    };
  }

  ended(direction: Direction, ownBytes: Bytes): void {
    const phase = this.#phase;
    if (phase === undefined || phase.direction !== direction) return;
    this.#phase = undefined;
    phase.stopTicks();
    this.#seen.push({
      busiest: busiestOf(phase, readCores(this.#options.files)),
      eventLoop: phase.eventLoop(),
      foreignShare: this.#foreignShare(phase, ownBytes),
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

  /** The largest share of the port's bytes in a direction that were not this test's. */
  foreignShare(): number | undefined {
    const shares = this.#seen.flatMap(({ foreignShare }) =>
      foreignShare === undefined ? [] : [foreignShare],
    );
    return shares.length === 0 ? undefined : Math.max(...shares);
  }

  #portBytes(): PortBytes | undefined {
    return this.#port === undefined ? undefined : readPortBytes(this.#options.files, this.#port);
  }

  #foreignShare({ direction, port }: Phase, ownBytes: Bytes): number | undefined {
    const now = this.#portBytes();
    if (port === undefined || now === undefined) return undefined;
    const passed = direction === 'download' ? now.received - port.received : now.sent - port.sent;
    return passed > 0 ? Math.max(0, (passed - ownBytes * WIRE_OVER_PAYLOAD) / passed) : undefined;
  }
}

/** In the busiest second; of a load too short for one, in all of it. */
function busiestOf({ cores, windows }: Phase, now: readonly CoreTimes[]): number | undefined {
  const whole = busiestShare(cores, now);
  return whole === undefined ? undefined : Math.max(whole, ...windows);
}
