// Runs the long-lived parts of a process: started in order, stopped in reverse, so that data
// drains downstream. Past the deadline it names what hung.
import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import type { Logger } from './log.ts';

export interface Service {
  readonly name: string;
  /**
   * Runs until `signal` fires, then releases all it holds and resolves. Calls `ready` once the
   * next service may start. Rejecting stops the whole group.
   */
  run(signal: AbortSignal, ready: () => void): Promise<void>;
}

export interface GroupOptions {
  readonly signal: AbortSignal;
  readonly stopDeadlineMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called once, when every service is ready. */
  readonly onReady?: () => void;
}

interface Running {
  readonly service: Service;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * Resolves when all services have ended after `signal` fired. Rejects with the first service's
 * failure, after the others have been stopped.
 */
export async function runGroup(services: readonly Service[], options: GroupOptions): Promise<void> {
  const running: Running[] = [];
  const failed = new AbortController();
  const ending = AbortSignal.any([options.signal, failed.signal]);
  for (const service of services) {
    if (ending.aborted) break;
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const done = service.run(stop.signal, ready.resolve).then(
      () => {
        if (!stop.signal.aborted) failed.abort(new Error(`${service.name} ended on its own`));
      },
      (cause: unknown) => {
        if (!failed.signal.aborted) failed.abort(cause);
        if (stop.signal.aborted)
          options.log.warn('failed while stopping', {
            service: service.name,
            error: messageOf(cause),
          });
      },
    );
    running.push({ service, stop, done });
    await Promise.race([ready.promise, done, aborted(ending)]);
  }
  if (!ending.aborted) options.onReady?.();
  await aborted(ending);
  await stopAll(running, options);
  if (failed.signal.aborted && !options.signal.aborted) throw failed.signal.reason;
}

async function stopAll(running: readonly Running[], options: GroupOptions): Promise<void> {
  const deadline = options.clock.monotonicMs() + options.stopDeadlineMs;
  for (const { service, stop, done } of running.toReversed()) {
    stop.abort(new Error('stopping'));
    const patience = new AbortController();
    const left = Math.max(0, deadline - options.clock.monotonicMs());
    const hung = options.clock.sleep(left, patience.signal).then(
      () => true,
      () => false,
    );
    if (await Promise.race([done.then(() => false), hung])) {
      options.log.error('did not stop in time and was left behind', { service: service.name });
    }
    patience.abort();
  }
}

/** Resolves when `signal` fires. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  );
}
