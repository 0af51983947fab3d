// Looks at each measure server now and then, so that no device is sent to one that is away. What
// agents could not reach is looked at soon.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import { aborted, type Service } from '#shared/runtime/service.ts';
import {
  afterCheck,
  nextCheckMs,
  notCheckedYet,
  type ServerCondition,
} from './decide-condition.ts';
import { type ProbeTarget, probeServer } from './probe-server.ts';

export interface ServerWatch extends Service {
  condition(url: string): ServerCondition;
  /** Somebody could not reach it: it is looked at at once, unless it just was. */
  suspect(url: string): void;
}

export interface ServerWatchOptions {
  /** Asked at the start of the run: then ports are known. */
  readonly targets: () => readonly ProbeTarget[];
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
  readonly log: Logger;
}

/** However many agents complain. */
const MIN_GAP_MS: Ms = 2_000;

export function createServerWatch(options: ServerWatchOptions): ServerWatch {
  const watch = new Watch(options);
  return {
    name: 'measure server watch',
    condition: (url) => watch.condition(url),
    suspect: (url) => watch.suspect(url),
    run: async (signal, ready) => {
      ready();
      await Promise.all([
        aborted(signal),
        ...options.targets().map((target) => watch.follow(target, signal)),
      ]);
    },
  };
}

class Watch {
  readonly #options: ServerWatchOptions;
  readonly #startedAt: EpochMs;
  readonly #conditions = new Map<string, ServerCondition>();
  /** Of those that are waited for: ends the wait. */
  readonly #wake = new Map<string, () => void>();

  constructor(options: ServerWatchOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  condition(url: string): ServerCondition {
    return this.#conditions.get(url) ?? notCheckedYet(this.#startedAt);
  }

  suspect(url: string): void {
    this.#wake.get(url)?.();
  }

  async follow(target: ProbeTarget, signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#options;
    while (!signal.aborted) {
      const failure = await probeServer(target, clock, signal).catch((error: unknown) => {
        if (!signal.aborted) log.error('a measure server could not be looked at', { error });
        return undefined;
      });
      if (signal.aborted) return;
      const before = this.condition(target.url);
      const after = afterCheck(before, clock.now(), failure);
      this.#conditions.set(target.url, after);
      this.#tell(target.url, before, after);
      await this.#wait(target.url, nextCheckMs(after, random.next()), signal);
    }
  }

  #tell(url: string, before: ServerCondition, after: ServerCondition): void {
    const { log } = this.#options;
    const error = after.lastError?.message;
    const code = after.lastError?.code;
    if (before.state !== 'away' && after.state === 'away') {
      log.warn('a measure server is away; it gets no slots until it answers', { url, code, error });
    } else if (after.state === 'up' && before.state !== 'up') {
      log.info('a measure server answers', { url });
    } else if (after.failures > 0 && after.state !== 'away') {
      log.debug('a measure server did not answer', { url, code, error });
    }
  }

  async #wait(url: string, ms: Ms, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const over = new AbortController();
    const end = () => over.abort();
    const checkedAt = clock.monotonicMs();
    signal.addEventListener('abort', end, { once: true });
    this.#wake.set(url, () => {
      if (clock.monotonicMs() - checkedAt >= MIN_GAP_MS) end();
    });
    await clock.sleep(ms, over.signal).catch(() => {});
    this.#wake.delete(url);
    signal.removeEventListener('abort', end);
  }
}
