// The agent's clock against the collector's, from the round trips of pings (RFC 5905 §8). Pure.
// Samples are kept against the monotonic clock, so that a step of the wall clock (a board without
// a battery that hears of NTP) moves the offset at once and spoils no sample.
import type { EpochMs, Ms } from '#shared/model/units.ts';

export interface Moment {
  readonly wallMs: EpochMs;
  readonly monotonicMs: Ms;
}

export interface ClockSample {
  /** The collector's wall clock minus the agent's monotonic one; in error by half `roundTripMs`. */
  readonly collectorMs: Ms;
  readonly roundTripMs: Ms;
}

export interface PongTimes {
  /** Agent, monotonic. */
  readonly pingSentMs: Ms;
  readonly pongArrivedMs: Ms;
  /** Collector, wall. */
  readonly receivedAt: EpochMs;
  readonly sentAt: EpochMs;
}

/** NTP's clock filter has eight stages too: the quickest round trip is the truest. */
const MAX_SAMPLES = 8;
/** Clocks drift apart between samples, and are read in whole milliseconds. */
const SLACK_MS: Ms = 50;

export function sampleOf(times: PongTimes): ClockSample {
  const { pingSentMs, pongArrivedMs, receivedAt, sentAt } = times;
  return {
    collectorMs: (receivedAt - pingSentMs + (sentAt - pongArrivedMs)) / 2,
    roundTripMs: Math.max(0, pongArrivedMs - pingSentMs - (sentAt - receivedAt)),
  };
}

/** A sample that contradicts the others tells of a clock that was set, or a sleep: it replaces them. */
export function withSample(
  samples: readonly ClockSample[],
  sample: ClockSample,
): readonly ClockSample[] {
  const agrees = samples.every(
    (other) =>
      Math.abs(other.collectorMs - sample.collectorMs) <=
      (other.roundTripMs + sample.roundTripMs) / 2 + SLACK_MS,
  );
  return agrees ? [...samples, sample].slice(-MAX_SAMPLES) : [sample];
}

/** Agent minus collector, at `now`; undefined until there is a sample. */
export function offsetAt(samples: readonly ClockSample[], now: Moment): Ms | undefined {
  const [first] = samples;
  if (first === undefined) return undefined;
  const best = samples.reduce(
    (quickest, each) => (each.roundTripMs < quickest.roundTripMs ? each : quickest),
    first,
  );
  return now.wallMs - (now.monotonicMs + best.collectorMs);
}
