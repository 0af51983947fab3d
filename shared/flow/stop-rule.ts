// When a direction's test may stop, and what it then says: pure, fed with counter readings.
// Warm-up until the rate is level, streams added while they help, then batch means tested
// sequentially against the norm. Owns no clock and no socket.
import type { Flag, TestOutcome } from '#shared/model/measurement.ts';
import type { Bytes, Mbps, Ms, Share } from '#shared/model/units.ts';
import {
  type BatchSummary,
  confidenceAtLook,
  intervalOf,
  summariseBatches,
} from '#shared/stats/batch-interval.ts';
import {
  BATCH_MS,
  STREAMS_GAIN,
  STREAMS_MAX,
  WARM_UP_GROWTH,
  WARM_UP_MAX_MS,
  WARM_UP_MIN_MS,
} from '#shared/wire/speed.ts';
import { ByteCurve, type Sample } from './byte-curve.ts';

export interface StopRuleOptions {
  readonly mode: 'check' | 'capacity';
  /** What the norm asks, as payload. */
  readonly required: Mbps;
  /** A fail at or above this share of `required` wants a second run. */
  readonly provisionalShare: Share;
  readonly confidence: Share;
  /** What the direction begins with. */
  readonly streams: number;
  /** Round trip on the idle line; on a long way added streams need longer to show what they bring. */
  readonly rttMs?: Ms;
  readonly maxBytes: Bytes;
  readonly limitMs: Ms;
}

export type StoppedBy = 'pass' | 'fail' | 'time' | 'bytes' | 'precision';
export type Decision =
  | { readonly action: 'continue' }
  | { readonly action: 'add_streams'; readonly count: number }
  | { readonly action: 'stop'; readonly by: StoppedBy };

export interface Reading {
  /** Payload, Mbit/s: the mean of the batches and its interval at `confidence`. */
  readonly goodput: Mbps;
  readonly interval: readonly [Mbps, Mbps];
  readonly outcome: TestOutcome;
  readonly provisional: boolean;
  readonly stoppedBy: StoppedBy;
  readonly flags: readonly Flag[];
  readonly batchVariation: number | undefined;
  readonly warmUpMs: Ms;
  readonly durationMs: Ms;
  readonly streams: number;
}

const PASS_AFTER_MS = 2_000;
/** Far below the norm needs less proof than just below it. */
const CLEAR_FAIL_AFTER_MS = 3_000;
const FAIL_AFTER_MS = 5_000;
const CLEAR_FAIL_SHARE = 0.8;
/**
 * A fail is also a figure, how much a line falls short, so it goes on until its interval is this
 * narrow or the time is up; slow lines cost few bytes.
 */
const FAIL_HALF_WIDTH = 0.02;
const LEAST_BATCHES = 3;
/**
 * Share of α that every look may spend on a pass: a line of exactly 500 Mbit/s at the Ethernet layer
 * is 1% above what is required, and should not cost 10 s without a verdict. A fail gets no such help.
 */
const PASS_LOOK_SHARE = 0.1;
/** Added streams must be past their slow start before they are judged. */
const FILL_ROUND_TRIPS = 8;
/**
 * A rate below the norm is the line's only when doubling its streams did not raise it: of few streams
 * twice, for on a lossy way half a second of those is noisy, and one doubling may seem vain that was not.
 */
const VAIN_DOUBLINGS = { ofFew: 2, ofMany: 1 } as const;
const MANY_STREAMS = 32;
/** Slow start can fill a lossy line for a while; falling below this share of it, streams are too few. */
const FALLEN_SHARE = 0.9;
const PRECISION_HALF_WIDTH = 0.03;
const PRECISION_LEAST_BATCHES = 6;
/** A line that gives more at first than it keeps up: shaped by a token bucket with a deep bucket. */
const BURST_MS = 2_000;
const BURST_RATIO = 1.15;
const HIGH_VARIATION = 0.15;
/** Timers are late by some ms; a batch may close this much before its nominal length. */
const BATCH_SLACK_MS = 10;

interface Batch {
  readonly fromMs: Ms;
  readonly rate: Mbps;
}

const CONTINUE: Decision = { action: 'continue' };

export class StopRule {
  readonly #options: StopRuleOptions;
  readonly #curve = new ByteCurve();
  #phase: 'warm_up' | 'filling' | 'measuring' = 'warm_up';
  #streams: number;
  #vainDoublings = 0;
  #rateBefore = 0;
  /** The rate at which measuring began. */
  #plateau = 0;
  #phaseSince = 0;
  #warmUpMs = 0;
  #noPlateau = false;
  #batches: Batch[] = [];
  #looks = 0;
  /** What the last look said, where the test goes on for a narrower interval. */
  #isBelow = false;
  #stopped: StoppedBy | undefined;

  constructor(options: StopRuleOptions) {
    this.#options = options;
    this.#streams = options.streams;
  }

  /** The payload counted so far. */
  get bytes(): Bytes {
    return this.#curve.last.bytes;
  }

  /** What it was fed with, as far as it moved on in time. */
  get samples(): readonly Sample[] {
    return this.#curve.samples.slice(1);
  }

  /** Takes the next reading; after a `stop` it asks for nothing more. */
  update(sample: Sample): Decision {
    if (this.#stopped !== undefined) return { action: 'stop', by: this.#stopped };
    if (!this.#curve.add(sample)) return CONTINUE;
    const decision = this.#decide(sample.elapsedMs);
    if (decision.action === 'stop') this.#stopped = decision.by;
    return decision;
  }

  #decide(now: Ms): Decision {
    if (this.#phase === 'measuring') this.#closeBatch(now);
    const verdict = this.#phase === 'measuring' ? this.#look(now) : undefined;
    if (verdict !== undefined) return verdict;
    const end = this.#isBelow ? 'fail' : undefined;
    if (this.bytes >= this.#options.maxBytes) return { action: 'stop', by: end ?? 'bytes' };
    if (now >= this.#options.limitMs) return { action: 'stop', by: end ?? 'time' };
    if (this.#phase === 'warm_up') return this.#warmUp(now);
    if (this.#phase === 'filling') return this.#fill(now);
    return CONTINUE;
  }

  #warmUp(now: Ms): Decision {
    if (now < WARM_UP_MIN_MS) return CONTINUE;
    const width = Math.min(BATCH_MS, now / 2);
    const rate = this.#curve.rate(now - width, now);
    // Two half seconds of nothing are alike too, but no plateau: a line that carries nothing was held
    // back or away, and that is not known to be its capacity.
    const before = this.#curve.rate(now - 2 * width, now - width);
    const isLevel = rate > 0 && rate <= WARM_UP_GROWTH * before;
    // More than the norm asks already: what still grows would only raise what is to be proven.
    const isEnough = this.#options.mode === 'check' && rate > this.#options.required;
    if (!isLevel && !isEnough && now < WARM_UP_MAX_MS) return CONTINUE;
    this.#noPlateau = !isLevel && !isEnough;
    return this.#wantsStreams(rate) ? this.#addStreams(now, rate) : this.#startMeasuring(now, rate);
  }

  #fill(now: Ms): Decision {
    const stepMs = Math.max(BATCH_MS, FILL_ROUND_TRIPS * (this.#options.rttMs ?? 0));
    if (now - this.#phaseSince < stepMs - BATCH_SLACK_MS) return CONTINUE;
    const rate = this.#curve.rate(now - BATCH_MS, now);
    const isVain = rate < STREAMS_GAIN * this.#rateBefore;
    this.#vainDoublings = isVain ? this.#vainDoublings + 1 : 0;
    return this.#wantsStreams(rate) ? this.#addStreams(now, rate) : this.#startMeasuring(now, rate);
  }

  /** A check asks for no more than the norm; above it, a capacity test believes the first vain doubling. */
  #wantsStreams(rate: Mbps): boolean {
    if (this.#streams >= STREAMS_MAX) return false;
    if (rate < this.#options.required) return !this.#isFilled;
    return this.#options.mode === 'capacity' && this.#vainDoublings === 0;
  }

  #addStreams(now: Ms, rate: Mbps): Decision {
    const count = Math.min(this.#streams, STREAMS_MAX - this.#streams);
    this.#phase = 'filling';
    this.#phaseSince = now;
    // Streams added in vain must not hide, by a dip of the line, that those before them were too few.
    this.#rateBefore = this.#vainDoublings > 0 ? Math.max(rate, this.#rateBefore) : rate;
    this.#streams += count;
    return { action: 'add_streams', count };
  }

  /** More streams would not have carried more. */
  get #isFilled(): boolean {
    const needed = VAIN_DOUBLINGS[this.#streams < MANY_STREAMS ? 'ofFew' : 'ofMany'];
    return this.#vainDoublings >= needed || this.#streams >= STREAMS_MAX;
  }

  #startMeasuring(now: Ms, rate: Mbps): Decision {
    this.#phase = 'measuring';
    this.#phaseSince = now;
    this.#plateau = rate;
    this.#warmUpMs = now;
    this.#batches = [];
    return CONTINUE;
  }

  /** Over the last second, so that one bad half second is no reason. */
  #hasFallen(): boolean {
    const last = this.#batches.slice(-2);
    const mean = last.reduce((sum, batch) => sum + batch.rate, 0) / last.length;
    return last.length === 2 && mean < FALLEN_SHARE * this.#plateau;
  }

  #closeBatch(now: Ms): void {
    if (now - this.#phaseSince < BATCH_MS - BATCH_SLACK_MS) return;
    this.#batches.push({ fromMs: this.#phaseSince, rate: this.#curve.rate(this.#phaseSince, now) });
    this.#phaseSince = now;
  }

  /** A look at the evidence; only when a batch has just been closed. */
  #look(now: Ms): Decision | undefined {
    if (this.#phaseSince !== now) return undefined;
    if (this.#hasFallen() && this.#streams < STREAMS_MAX) {
      const rate = this.#batches.at(-1)?.rate ?? 0;
      this.#vainDoublings = 0;
      if (this.#wantsStreams(rate)) return this.#addStreams(now, rate);
    }
    if (this.#batches.length < LEAST_BATCHES || this.#isBurstShaped(now)) return undefined;
    const summary = summariseBatches(this.#rates(now));
    this.#looks += 1;
    if (this.#options.mode === 'capacity') return this.#lookForPrecision(now);
    const { confidence, required } = this.#options;
    const [low] = intervalOf(summary, confidenceAtLook(confidence, this.#looks, PASS_LOOK_SHARE));
    const [, high] = intervalOf(summary, confidenceAtLook(confidence, this.#looks));
    if (low > required && now >= PASS_AFTER_MS) return { action: 'stop', by: 'pass' };
    const isClear = high < CLEAR_FAIL_SHARE * required && now >= CLEAR_FAIL_AFTER_MS;
    const isBelow = high < required && now >= FAIL_AFTER_MS;
    this.#isBelow = this.#isFilled && (isClear || isBelow);
    if (!isClear && !isBelow) return undefined;
    // A fail is the line's only when more streams would not have carried more.
    if (this.#wantsStreams(summary.mean)) return this.#addStreams(now, summary.mean);
    return isWithin(summary, confidence, FAIL_HALF_WIDTH)
      ? { action: 'stop', by: 'fail' }
      : undefined;
  }

  #lookForPrecision(now: Ms): Decision | undefined {
    const rates = this.#rates(now);
    if (rates.length < PRECISION_LEAST_BATCHES) return undefined;
    return isWithin(summariseBatches(rates), this.#options.confidence, PRECISION_HALF_WIDTH)
      ? { action: 'stop', by: 'precision' }
      : undefined;
  }

  #isBurstShaped(now: Ms): boolean {
    if (now < 2 * BURST_MS) return false;
    // The first half second is slow start's.
    return this.#curve.rate(BATCH_MS, BURST_MS) > BURST_RATIO * this.#curve.rate(BURST_MS, now);
  }

  /** Batch means that speak for the line: of a burst-shaped one, those after its burst. */
  #rates(now: Ms): number[] {
    const from = this.#isBurstShaped(now) ? BURST_MS : 0;
    return this.#batches.filter((batch) => batch.fromMs >= from).map((batch) => batch.rate);
  }

  /** What the readings so far say; final once `update` has said stop. */
  reading(): Reading {
    const { elapsedMs } = this.#curve.last;
    const rates = this.#rates(elapsedMs);
    const summary =
      rates.length > 0
        ? summariseBatches(rates)
        : summariseBatches([this.#curve.rate(Math.min(WARM_UP_MIN_MS, elapsedMs / 2), elapsedMs)]);
    const interval = intervalOf(summary, this.#options.confidence);
    const flags = this.#flags(elapsedMs, summary.variation);
    const stoppedBy = this.#stopped ?? 'time';
    const said = this.#outcome(stoppedBy, interval, flags);
    const isNear = summary.mean >= this.#options.provisionalShare * this.#options.required;
    return {
      goodput: summary.mean,
      // An infinite bound (no two batches) is no number on the wire.
      interval: [interval[0], Number.isFinite(interval[1]) ? interval[1] : summary.mean * 2],
      outcome: said,
      provisional: said === 'fail' && isNear,
      stoppedBy,
      flags,
      batchVariation: rates.length > 1 ? summary.variation : undefined,
      warmUpMs: this.#warmUpMs,
      durationMs: elapsedMs,
      streams: this.#streams,
    };
  }

  #flags(now: Ms, variation: number): Flag[] {
    const flags: Flag[] = [];
    if (this.#isBurstShaped(now)) flags.push('burst_shaped');
    if (this.#noPlateau) flags.push('no_plateau');
    if (variation > HIGH_VARIATION) flags.push('high_variance');
    return flags;
  }

  #outcome(by: StoppedBy, [low, high]: readonly [Mbps, Mbps], flags: readonly Flag[]): TestOutcome {
    const { required, mode } = this.#options;
    // Where the norm was not looked at on the way, one look at the end spends no more than α.
    const isFirstLook = mode === 'capacity' || flags.includes('burst_shaped');
    const decidesAtEnd = by === 'precision' || (by !== 'fail' && isFirstLook);
    if (by === 'pass' || (decidesAtEnd && low > required)) return 'pass';
    const isFail = by === 'fail' || (by === 'precision' && high < required && this.#isFilled);
    // A disturbed test can prove a pass, never a fail.
    return isFail && flags.length === 0 ? 'fail' : 'inconclusive';
  }
}

/** Whether the interval of the mean is no wider than `share` of it to either side. */
function isWithin(summary: BatchSummary, confidence: Share, share: Share): boolean {
  const [low, high] = intervalOf(summary, confidence);
  return high - low <= 2 * share * summary.mean;
}
