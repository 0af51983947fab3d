// Makes one test at a time: budget, slot, test, spool; and the second run that a near fail asks for.
import type { Failure } from '#shared/model/failure.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import type { Plan } from '#shared/model/plan.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { SlotGrant } from '#shared/wire/uplink.ts';
import { failedMeasurement } from '../measure/failed-measurement.ts';
import type { Known, MeasureRequest, Measurer, Progress } from '../measure/measurer.ts';
import type { Spool } from '../spool/spool.ts';
import type { AgentState } from './agent-state.ts';
import { allowance, spend, TestCost } from './budget.ts';

/** As far as the runner needs the uplink. */
export interface SlotSource {
  /** Waits for a connection. Rejects with `not_admitted`, carrying `retryAfterMs`, when denied. */
  requestSlot(mode: 'check' | 'capacity', signal: AbortSignal): Promise<SlotGrant>;
  releaseSlot(slotId: string): void;
  clockOffsetMs(): number | undefined;
}

export interface TestRunnerOptions {
  readonly deviceId: string;
  readonly slots: SlotSource;
  readonly measurer: Measurer;
  readonly spool: Pick<Spool, 'append'>;
  readonly plan: () => Plan;
  readonly known: (server: string) => Known;
  readonly state: { get(): AgentState; set(state: AgentState): Promise<void> };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly newId: () => string;
  readonly agentVersion: string;
  readonly nodeVersion: string;
}

/** `asked`: by somebody at the collector, who waits for it. */
export type Cause = 'first' | 'timetable' | 'confirmation' | 'asked';

/** In this time a slot is had, or the test is given up and recorded as not made. */
const SLOT_PATIENCE_MS = 10 * 60_000;
const RETRY_RANGE_MS = { least: 1_000, most: 120_000 };
/** Beyond the norm's least gap, so that confirming runs do not come in step. */
const CONFIRM_JITTER_MS = 120_000;
const BUSY_LOOK_MS = 10_000;
/** Above the longest of what runs aside: a calibration, killed from outside after 150 s. */
const ASIDE_LIMIT_MS = 5 * 60_000;
/** Sockets are closed and a process ended well within this. */
const ASIDE_GRACE_MS = 10_000;
/** A line an hour later is not known to be in the state that is to be confirmed. */
const CONFIRM_WITHIN_MS = 60 * 60_000;

export class TestRunner {
  readonly #options: TestRunnerOptions;
  #isBusy = false;
  #aside: { readonly stop: AbortController; readonly over: Promise<void> } | undefined;

  constructor(options: TestRunnerOptions) {
    this.#options = options;
  }

  get isTesting(): boolean {
    return this.#isBusy;
  }

  /**
   * Resolves when the test, and a confirming run where one was due, is in the spool; undefined when
   * another test was running. Rejects only when the spool cannot be written.
   */
  async run(
    cause: Cause,
    signal: AbortSignal,
    confirms?: string,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Measurement | undefined> {
    if (this.#isBusy) {
      this.#options.log.warn('a test is running already; this one is left out', { cause });
      return undefined;
    }
    this.#isBusy = true;
    let measurement: Measurement | undefined;
    try {
      await this.#endAside();
      measurement = await this.#attempt(cause, signal, confirms, onProgress);
    } finally {
      this.#isBusy = false;
    }
    if (measurement === undefined || cause === 'confirmation') return measurement;
    if (!isProvisional(measurement)) return measurement;
    // Whoever asked is told of this one now; the second run is his caller's to `resume`.
    if (cause === 'asked') await this.#remember(measurement.id);
    else await this.#confirm(measurement.id, signal);
    return measurement;
  }

  /**
   * Something light, never at the same time as a test: undefined while one runs, and its signal fires
   * when one begins, which waits for its end.
   */
  async aside<T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    if (this.#isBusy || this.#aside !== undefined) return undefined;
    const stop = new AbortController();
    const running = work(AbortSignal.any([signal, stop.signal]));
    const over = running.then(
      () => {},
      () => {},
    );
    this.#aside = { stop, over };
    const settled = new AbortController();
    try {
      return await Promise.race([running, this.#asideLimit(stop, settled.signal)]);
    } finally {
      settled.abort();
      this.#aside = undefined;
    }
  }

  /** Rejects when what runs aside has had its time, was told so, and did not end. */
  async #asideLimit(stop: AbortController, settled: AbortSignal): Promise<never> {
    const { clock } = this.#options;
    try {
      await clock.sleep(ASIDE_LIMIT_MS, settled);
      stop.abort(new Error('it took too long'));
      await clock.sleep(ASIDE_GRACE_MS, settled);
    } catch {
      return new Promise(() => {});
    }
    throw new AppError(
      'internal_error',
      'what ran beside the tests did not end, and is left behind',
    );
  }

  /** What does not give way holds up no test: its own limit ends it. */
  async #endAside(): Promise<void> {
    if (this.#aside === undefined) return;
    const { stop, over } = this.#aside;
    stop.abort(new Error('a test begins'));
    const given = new AbortController();
    const late = this.#options.clock.sleep(ASIDE_GRACE_MS, given.signal).catch(() => {});
    await Promise.race([over, late]);
    given.abort();
  }

  /** The second run of a near fail that a restart came between; too old a one is left as it is. */
  async resume(signal: AbortSignal): Promise<void> {
    const { clock, state } = this.#options;
    const { toConfirm } = state.get();
    if (toConfirm === undefined) return;
    // A clock that was set back in between makes it younger than nothing.
    const ageMs = Math.abs(clock.now() - Date.parse(toConfirm.since));
    if (ageMs < CONFIRM_WITHIN_MS) await this.#confirm(toConfirm.id, signal);
    else await this.#forgetConfirm();
  }

  async #forgetConfirm(): Promise<void> {
    const { toConfirm: _, ...rest } = this.#options.state.get();
    await this.#options.state.set(rest);
  }

  async #remember(id: string): Promise<void> {
    const { clock, state } = this.#options;
    const since = new Date(clock.now()).toISOString();
    await state.set({ ...state.get(), toConfirm: { id, since } });
  }

  async #confirm(id: string, signal: AbortSignal): Promise<void> {
    const { clock, random, log, plan } = this.#options;
    await this.#remember(id);
    const waitMs = plan().norm.confirmMinGapMs + 1_000 + random.next() * CONFIRM_JITTER_MS;
    log.info('a fail near the norm is confirmed by a second run', { waitMs: Math.round(waitMs) });
    try {
      await clock.sleep(waitMs, signal);
      // A test of the timetable may be under way; the near fail waits for it.
      while (this.#isBusy) await clock.sleep(BUSY_LOOK_MS, signal);
    } catch {
      return;
    }
    await this.run('confirmation', signal, id);
    if (!signal.aborted) await this.#forgetConfirm();
  }

  async #attempt(
    cause: Cause,
    signal: AbortSignal,
    confirms: string | undefined,
    onProgress: (progress: Progress) => void,
  ): Promise<Measurement | undefined> {
    const { clock, log, state } = this.#options;
    const startedAt = new Date(clock.now()).toISOString();
    const start = clock.monotonicMs();
    const request = this.#request(confirms);
    const fail = (failure: Failure) => {
      const { newId, agentVersion, nodeVersion } = this.#options;
      const durationMs = Math.round(clock.monotonicMs() - start);
      const context = { id: newId(), startedAt, durationMs, agentVersion, nodeVersion };
      return this.#keep(failedMeasurement(request, context, failure));
    };
    if (request.plan.budget.testBytes === 0) {
      return fail({
        code: 'over_budget',
        operation: 'admission',
        message: 'the byte budget of the day or month is spent',
      });
    }
    let grant: SlotGrant;
    try {
      grant = await this.#slot(request.mode, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      log.warn('no slot for a test', { cause, error: messageOf(error) });
      return fail({ code: 'not_admitted', operation: 'admission', message: messageOf(error) });
    }
    log.info('slot granted; the test begins', { cause, slot: grant.slotId, server: grant.server });
    const cost = new TestCost();
    const tell = this.#teller();
    const before = state.get().spent;
    try {
      // All that it may cost is charged first: a power cut in the middle must not make it free.
      const reserved = spend(before, request.plan.budget.testBytes, this.#trueNow());
      await state.set({ ...state.get(), spent: reserved });
      const { server, token } = grant;
      const measurement = await this.#options.measurer.measure(
        // Read again: at the start of a device it is known by now.
        { ...request, ...this.#offset(), server, token, known: this.#options.known(server) },
        signal,
        (progress) => {
          cost.note(progress);
          tell(progress);
          onProgress(progress);
        },
      );
      const spent = spend(before, cost.of(measurement), this.#trueNow());
      // Stopped by our own end: not the line's doing, and the next start tests again.
      if (measurement.failure?.code === 'stopped' && signal.aborted) {
        await state.set({ ...state.get(), spent });
        return undefined;
      }
      return await this.#keep(measurement, spent);
    } finally {
      this.#options.slots.releaseSlot(grant.slotId);
    }
  }

  #request(confirms: string | undefined): MeasureRequest {
    const plan = this.#options.plan();
    const testBytes = allowance(plan.budget, this.#options.state.get().spent, this.#trueNow());
    return {
      deviceId: this.#options.deviceId,
      server: '',
      plan: { ...plan, budget: { ...plan.budget, testBytes } },
      mode: plan.throughput.mode,
      ...this.#offset(),
      ...(confirms === undefined ? {} : { confirms }),
    };
  }

  #offset(): { readonly clockOffsetMs?: Ms } {
    const clockOffsetMs = this.#options.slots.clockOffsetMs();
    return clockOffsetMs === undefined ? {} : { clockOffsetMs };
  }

  /** A month's bytes are the true month's: a clock that starts in 1970 at each boot forgets none. */
  #trueNow(): EpochMs {
    return this.#options.clock.now() - (this.#options.slots.clockOffsetMs() ?? 0);
  }

  /** Durable before anything else is done with it. */
  async #keep(
    measurement: Measurement,
    spent = this.#options.state.get().spent,
  ): Promise<Measurement> {
    const position = await this.#options.spool.append(measurement);
    const lastResult = resultOf(measurement);
    this.#options.log.info('measured', {
      position,
      id: measurement.id,
      result: lastResult,
      flags: measurement.flags.join(','),
    });
    const before = this.#options.state.get();
    await this.#options.state.set({
      ...before,
      ...{ spent, lastTestAt: measurement.startedAt, lastResult },
      ...(measurement.failure === undefined ? { lastMeasuredAt: measurement.startedAt } : {}),
    });
    return measurement;
  }

  async #slot(mode: 'check' | 'capacity', signal: AbortSignal): Promise<SlotGrant> {
    const { clock, slots } = this.#options;
    const until = clock.monotonicMs() + SLOT_PATIENCE_MS;
    const over = new AbortController();
    const patience = AbortSignal.any([signal, over.signal]);
    const late = clock.sleep(SLOT_PATIENCE_MS, patience).then(
      () =>
        over.abort(
          new AppError(
            'not_admitted',
            'no slot in time: the collector was not reached or its measure servers were taken',
          ),
        ),
      () => {},
    );
    try {
      for (;;) {
        try {
          return await slots.requestSlot(mode, patience);
        } catch (error) {
          const waitMs = retryOf(error);
          if (waitMs === undefined || clock.monotonicMs() + waitMs > until) throw error;
          await clock.sleep(waitMs, patience);
        }
      }
    } finally {
      over.abort();
      await late;
    }
  }

  /** A line per phase in the log, not per reading. */
  #teller(): (progress: Progress) => void {
    let told = '';
    return (progress) => {
      if (progress.phase === told) return;
      told = progress.phase;
      this.#options.log.info(`testing: ${progress.phase}`);
    };
  }
}

function isProvisional({ download, upload }: Measurement): boolean {
  return download?.provisional === true || upload?.provisional === true;
}

function resultOf({ failure, download, upload }: Measurement): string {
  if (failure !== undefined) return failure.code;
  return `down ${download?.ipCapacity.toFixed(1)} ${download?.outcome}, up ${upload?.ipCapacity.toFixed(1)} ${upload?.outcome}`;
}

/** How long to wait after a denial; undefined for anything that waiting does not mend. */
function retryOf(error: unknown): Ms | undefined {
  if (!(error instanceof AppError) || error.code !== 'not_admitted') return undefined;
  if (!('retryAfterMs' in error) || typeof error.retryAfterMs !== 'number') return undefined;
  return Math.min(RETRY_RANGE_MS.most, Math.max(RETRY_RANGE_MS.least, error.retryAfterMs));
}
