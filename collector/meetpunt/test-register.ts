// The tests that run here and what came of those before: made, found, ended, counted. Each has its
// own end, whatever its agent does.
import type { Bytes, Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { TEST_LIFE_MS, type TestReceipt } from '#shared/wire/speed.ts';
import { newTestId } from './admission.ts';
import { type LimitedBy, RunningTest } from './running-test.ts';

/** `agent`: as it should; `time`: its life was over; `abandoned`: its place was wanted; `stop`: ours. */
export type EndedBy = 'agent' | 'time' | 'abandoned' | 'stop';

export interface EndedTest {
  readonly durationMs: Ms;
  readonly by: EndedBy;
}

type Counts = Readonly<Record<string, number>>;

export interface TestStats {
  /** At this moment; the other figures are since the start. */
  readonly running: number;
  readonly tests: number;
  /** Tests that were not admitted. */
  readonly refused: number;
  /** Payload, of those that still run too. */
  readonly sentBytes: Bytes;
  readonly receivedBytes: Bytes;
  /** All requests and connections that were refused, by error code or the door's reason. */
  readonly refusedBy: Counts;
  readonly endedBy: Counts;
  /** Tests that this server held back. */
  readonly limitedBy: Counts;
}

export interface TestRegisterOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onEnded?: (test: EndedTest) => void;
}

/** A test without a connection for this long was left by its agent; its place may be given away. */
const ABANDONED_MS = 5_000;
const NOT_ADMITTED: readonly string[] = ['not_admitted', 'server_full'];

interface Entry {
  readonly test: RunningTest;
  readonly life: AbortController;
}

export class TestRegister {
  readonly #options: TestRegisterOptions;
  readonly #running = new Map<string, Entry>();
  readonly #refusedBy = new Map<string, number>();
  readonly #endedBy = new Map<string, number>();
  readonly #limitedBy = new Map<string, number>();
  #tests = 0;
  #sentBytes = 0;
  #receivedBytes = 0;
  #isStopping = false;
  #onIdle: () => void = () => {};

  constructor(options: TestRegisterOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#running.size;
  }

  stats(): TestStats {
    const running = [...this.#running.values()];
    return {
      running: running.length,
      tests: this.#tests,
      refused: NOT_ADMITTED.reduce((sum, code) => sum + (this.#refusedBy.get(code) ?? 0), 0),
      sentBytes: running.reduce((sum, { test }) => sum + test.sentBytes, this.#sentBytes),
      receivedBytes: running.reduce(
        (sum, { test }) => sum + test.receivedBytes,
        this.#receivedBytes,
      ),
      refusedBy: Object.fromEntries(this.#refusedBy),
      endedBy: Object.fromEntries(this.#endedBy),
      limitedBy: Object.fromEntries(this.#limitedBy),
    };
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Throws `server_full` once `drain` was called. */
  checkOpen(): void {
    if (!this.#isStopping) return;
    throw new AppError('server_full', 'this measure server is stopping; try again in a minute');
  }

  open(maxBytes: Bytes, payload: Uint8Array): RunningTest {
    const { clock, log } = this.#options;
    const test = new RunningTest({ id: newTestId(), maxBytes, payload, clock });
    const life = new AbortController();
    this.#running.set(test.id, { test, life });
    this.#tests += 1;
    clock.sleep(TEST_LIFE_MS, life.signal).then(
      () => this.close(test, 'time'),
      () => {},
    );
    log.debug('test begins', { test: test.id });
    return test;
  }

  find(id: string): RunningTest | undefined {
    return this.#running.get(id)?.test;
  }

  /** Throws `not_found`. */
  get(id: string | undefined): RunningTest {
    const test = this.find(id ?? '');
    if (test !== undefined) return test;
    throw new AppError(
      'not_found',
      'there is no such test, or it is over; make one with POST /tests',
    );
  }

  close(test: RunningTest, by: EndedBy): TestReceipt {
    const entry = this.#running.get(test.id);
    this.#running.delete(test.id);
    entry?.life.abort();
    test.end();
    if (entry !== undefined) this.#book(test, by);
    const { sentBytes, receivedBytes } = test;
    const limitedBy = [...test.limitedBy];
    return { sentBytes, receivedBytes, serverLimited: limitedBy.length > 0, limitedBy };
  }

  closeAbandoned(): void {
    for (const { test } of [...this.#running.values()]) {
      if (test.quietMs() >= ABANDONED_MS) this.close(test, 'abandoned');
    }
  }

  endAll(): void {
    for (const { test } of [...this.#running.values()]) this.close(test, 'stop');
  }

  countRefused(reason: string): void {
    count(this.#refusedBy, reason);
  }

  /** This server holds back all that run: none of them may prove a fail. */
  limit(why: LimitedBy): void {
    for (const { test } of this.#running.values()) test.limitedBy.add(why);
  }

  /** No new tests; resolves when the last one has ended, or after `ms`. */
  async drain(ms: Ms): Promise<void> {
    this.#isStopping = true;
    if (this.#running.size === 0) return;
    const over = new AbortController();
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    await Promise.race([idle, this.#options.clock.sleep(ms, over.signal).catch(() => {})]);
    over.abort();
  }

  #book(test: RunningTest, by: EndedBy): void {
    const { clock, log, onEnded } = this.#options;
    const { sentBytes, receivedBytes, limitedBy } = test;
    this.#sentBytes += sentBytes;
    this.#receivedBytes += receivedBytes;
    count(this.#endedBy, by);
    for (const why of limitedBy) count(this.#limitedBy, why);
    onEnded?.({ durationMs: clock.monotonicMs() - test.startedMs, by });
    log.info('test ended', { test: test.id, by, sentBytes, receivedBytes });
    if (this.#running.size === 0) this.#onIdle();
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
