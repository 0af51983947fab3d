// Synthetic lines for the stop rule: a capacity, slow start, noise that hangs together in time,
// and what one stream alone can carry. Drives the rule as the agent does.

import { streamsAtStart } from '#agent/measure/throughput/streams.ts';
import { type Reading, StopRule, type StopRuleOptions } from '#shared/flow/stop-rule.ts';
import { bytesAt } from '#shared/model/units.ts';
import type { Random } from '#shared/runtime/random.ts';

export interface Path {
  /** Payload that the line carries, Mbit/s. */
  readonly capacity: number;
  readonly rttMs: number;
  /** Standard deviation of the rate over its mean, per 100 ms. */
  readonly noise: number;
  /** Lag-1 correlation of the noise. */
  readonly correlation: number;
  /** What one stream carries at most (window, loss). */
  readonly perStream: number;
  /** Rate in the first two seconds over the rest. */
  readonly burst?: number;
  /**
   * A lossy way: slow start carries a stream this much further at first, and it falls back to
   * `perStream` within seconds.
   */
  readonly overshoot?: number;
}

export interface Outcome {
  readonly reading: Reading;
  readonly bytes: number;
}

export function walk(
  path: Path,
  options: Omit<StopRuleOptions, 'streams' | 'rttMs'>,
  pace: number,
  random: Random,
): Outcome {
  const start = Math.max(4, streamsAtStart('download', options.required, path.rttMs));
  const rule = new StopRule({ ...options, rttMs: path.rttMs, streams: start });
  let streams = start;
  let sinceAdded = 0;
  let bytes = 0;
  let deviation = 0;
  for (let elapsedMs = 0; elapsedMs < 15_000; ) {
    // Timers come late, now and then by a lot.
    const stepMs = 100 + random.next() * 4 + (random.next() < 0.02 ? 60 * random.next() : 0);
    elapsedMs += stepMs;
    deviation = path.correlation * deviation + Math.sqrt(1 - path.correlation ** 2) * gauss(random);
    const slowStart = Math.min(1, 2 ** (elapsedMs / path.rttMs) * (0.12 / path.rttMs));
    const line =
      path.capacity * (elapsedMs < 2000 ? (path.burst ?? 1) : 1) * (1 + path.noise * deviation);
    const over = 1 + ((path.overshoot ?? 1) - 1) * Math.exp(-(elapsedMs - sinceAdded) / 1500);
    const carried = streams * path.perStream * over;
    const rate = Math.max(0, Math.min(pace, slowStart * Math.min(line, carried)));
    bytes += bytesAt(rate, stepMs);
    const decision = rule.update({ elapsedMs, bytes: Math.round(bytes) });
    if (decision.action === 'add_streams') {
      streams += decision.count;
      sinceAdded = elapsedMs;
    }
    if (decision.action === 'stop') break;
  }
  return { reading: rule.reading(), bytes };
}

function gauss(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

export function randomPath(capacity: number, random: Random): Path {
  return {
    capacity,
    rttMs: 1 + 49 * random.next() ** 2,
    noise: 0.01 + 0.08 * random.next(),
    correlation: 0.8 * random.next(),
    perStream: 120 + 900 * random.next(),
  };
}
