// One direction of a test: streams opened, counters read, the stop rule asked, streams closed.

import type { Sample } from '#shared/flow/byte-curve.ts';
import { Pacer } from '#shared/flow/pacer.ts';
import { Payload } from '#shared/flow/payload.ts';
import { type Reading, StopRule, type StopRuleOptions } from '#shared/flow/stop-rule.ts';
import type { Failure } from '#shared/model/failure.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Mbps } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { onGrid } from '#shared/wire/raw-series.ts';
import { SAMPLE_MS, SPEED_PREFIX } from '#shared/wire/speed.ts';
import type { Progress } from '../measurer.ts';
import { type BulkStream, openDownload, openUpload, type ServerAddress } from './bulk-stream.ts';
import { failure, failureOf, TestFailure } from './failure-of.ts';
import { followCounts } from './test-control.ts';

export interface DirectionOptions {
  readonly server: ServerAddress;
  readonly testId: string;
  readonly rule: StopRuleOptions;
  /** Payload rate that is not to be exceeded; absent: as fast as the line goes. */
  readonly pace?: Mbps;
  /** Random bytes for uploads. */
  readonly payload: Uint8Array;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** The receiver's count as it comes. */
  readonly onSample?: (sample: Sample) => void;
}

export interface DirectionRun {
  readonly reading: Reading;
  /** Payload that the direction cost. */
  readonly bytes: number;
  /** What the reading rests on. */
  readonly samples: readonly Sample[];
}

/** Past its limit by this much, a direction is over whatever the server does. */
const GRACE_MS = 5_000;
const PACE_TICK_MS = 5;

/** Rejects with a TestFailure when a stream breaks or the server falls silent. */
export async function runDirection(
  direction: Direction,
  options: DirectionOptions,
): Promise<DirectionRun> {
  const over = new AbortController();
  const run = new Run(direction, options, over.signal);
  const signal = AbortSignal.any([options.signal, over.signal]);
  const silent = options.clock.sleep(options.rule.limitMs + GRACE_MS, signal).then(() => {
    throw failure('test_timed_out', direction, 'the measure server fell silent');
  });
  silent.catch(() => {});
  try {
    await Promise.race([run.done, run.broken, silent, stopped(options.signal, direction)]);
    return run.result();
  } catch (error) {
    throw new TestFailure(named(failureOf(error, direction), direction), { cause: error });
  } finally {
    over.abort();
    run.close();
  }
}

class Run {
  readonly #direction: Direction;
  readonly #options: DirectionOptions;
  readonly #rule: StopRule;
  readonly #streams: BulkStream[] = [];
  readonly #pacer: Pacer | undefined;
  readonly #payload: Payload;
  readonly #stops: (() => void)[] = [];
  readonly #done = Promise.withResolvers<void>();
  readonly #broken = Promise.withResolvers<never>();
  #count = 0;
  #isClosed = false;

  constructor(direction: Direction, options: DirectionOptions, over: AbortSignal) {
    this.#direction = direction;
    this.#options = options;
    this.#rule = new StopRule(options.rule);
    this.#pacer = options.pace === undefined ? undefined : new Pacer(options.pace, options.clock);
    this.#payload = new Payload(options.payload);
    this.#broken.promise.catch(() => {});
    if (direction === 'download') this.#startDownload();
    else this.#startUpload(over);
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  get broken(): Promise<never> {
    return this.#broken.promise;
  }

  #startDownload(): void {
    const { clock, rule } = this.#options;
    this.#open(rule.streams);
    const start = clock.monotonicMs();
    const sample = () =>
      this.#update({ elapsedMs: clock.monotonicMs() - start, bytes: this.#received() });
    // A timer's turn comes before the reads': what came in while it was late must be counted first,
    // or a busy moment would lower this rate and raise the next.
    this.#stops.push(clock.every(SAMPLE_MS, () => void clock.sleep(0).then(sample)));
  }

  /** The receiver counts: a sender's own count would include what still waits in its buffers. */
  #startUpload(over: AbortSignal): void {
    const { server, testId, clock, signal, rule } = this.#options;
    let first: Sample | undefined;
    const control = { server, clock, signal: AbortSignal.any([signal, over]) };
    const counts = followCounts(control, testId, (count) => {
      if (first === undefined) {
        first = count;
        this.#open(rule.streams);
        if (this.#pacer !== undefined)
          this.#stops.push(clock.every(PACE_TICK_MS, () => this.#pump()));
      } else {
        this.#update({
          elapsedMs: count.elapsedMs - first.elapsedMs,
          bytes: count.bytes - first.bytes,
        });
      }
    });
    counts.catch((error: unknown) => this.#broken.reject(error));
  }

  #open(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const stream = this.#direction === 'download' ? this.#openDownload() : this.#openUpload();
      stream.broken.catch((error: unknown) => this.#broken.reject(error));
      this.#streams.push(stream);
    }
  }

  #openDownload(): BulkStream {
    const { server, testId, pace } = this.#options;
    const query = pace === undefined ? '' : `?pace=${pace.toFixed(3)}`;
    return openDownload(server, `${SPEED_PREFIX}/tests/${testId}/download${query}`);
  }

  #openUpload(): BulkStream {
    const { server, testId } = this.#options;
    const next = (wanted: number) => this.#payload.take(this.#pacer?.take(wanted) ?? wanted);
    return openUpload(server, `${SPEED_PREFIX}/tests/${testId}/upload`, next);
  }

  /** A different stream goes first each time, so that none takes all the credit. */
  #pump(): void {
    this.#count += 1;
    for (let i = 0; i < this.#streams.length; i += 1) {
      const stream = this.#streams[(i + this.#count) % this.#streams.length];
      if (stream !== undefined && 'pump' in stream) (stream.pump as () => void)();
    }
  }

  #received(): number {
    return this.#streams.reduce((sum, stream) => sum + stream.bytes, 0);
  }

  #update(read: Sample): void {
    if (this.#isClosed) return;
    const sample = { ...read, elapsedMs: onGrid(read.elapsedMs) };
    const decision = this.#rule.update(sample);
    if (decision.action === 'add_streams') this.#open(decision.count);
    if (decision.action === 'stop') this.#done.resolve();
    this.#options.onSample?.(sample);
    const { elapsedMs, bytes } = sample;
    const goodput = elapsedMs > 0 ? (bytes * 8) / elapsedMs / 1000 : 0;
    this.#options.onProgress({
      phase: this.#direction,
      elapsedMs,
      goodput,
      streams: this.#streams.length,
    });
  }

  result(): DirectionRun {
    if (this.#rule.bytes === 0) {
      throw failure(
        'test_timed_out',
        this.#direction,
        'not one byte arrived: something on the way holds the test back, or the line was away',
      );
    }
    const sent = this.#direction === 'upload' ? this.#received() : 0;
    const { samples, bytes: counted } = this.#rule;
    const reading = this.#rule.reading();
    return { reading, bytes: Math.max(counted, sent), samples };
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    for (const stream of this.#streams) stream.close();
  }
}

function stopped(signal: AbortSignal, direction: Direction): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(failure('stopped', direction, 'the test was stopped'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Streams do not know which direction they serve when they fail in their head. */
function named(what: Failure, direction: Direction): Failure {
  return what.operation === 'bulk' ? { ...what, operation: direction } : what;
}
