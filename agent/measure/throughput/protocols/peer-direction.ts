// One direction against a server that is not ours: whatever moves the bytes is opened, its counts go
// through the same stop rule as our own protocol's, and it is closed.

import type { Sample } from '#shared/flow/byte-curve.ts';
import { StopRule, type StopRuleOptions } from '#shared/flow/stop-rule.ts';
import type { Direction } from '#shared/model/norm.ts';
import type { Bytes } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Progress } from '../../measurer.ts';
import { failure, failureOf, TestFailure } from '../failure-of.ts';
import type { DirectionRun } from '../run-direction.ts';

/** What moves a direction's bytes, from its opening to its close. */
export interface PeerLoad {
  /** Payload that the direction has cost. */
  readonly bytes: Bytes;
  readonly streams: number;
  /** Resolves when the server ended the test in good order; rejects when it broke. */
  readonly over: Promise<void>;
  /** Opens up to `count` more streams, where the protocol has more than one. */
  addStreams(count: number): void;
  /** Resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** Counts go to `onSample`: at the receiver, on one monotonic clock, since the load began. */
export type OpenLoad = (onSample: (sample: Sample) => void, signal: AbortSignal) => PeerLoad;

export interface PeerDirectionOptions {
  readonly rule: StopRuleOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onSample: (sample: Sample) => void;
}

/** Past its limit by this much, a direction is over whatever the server does. */
const GRACE_MS = 5_000;

/** Rejects with a TestFailure when the server breaks off, falls silent, or moves nothing. */
export async function runPeerDirection(
  direction: Direction,
  { rule: ruleOptions, clock, signal, onProgress, onSample: tell }: PeerDirectionOptions,
  open: OpenLoad,
): Promise<DirectionRun> {
  const rule = new StopRule(ruleOptions);
  const done = Promise.withResolvers<void>();
  const end = new AbortController();
  const within = AbortSignal.any([signal, end.signal]);
  const onSample = (sample: Sample) => {
    if (end.signal.aborted) return;
    const decision = rule.update(sample);
    if (decision.action === 'add_streams') load.addStreams(decision.count);
    if (decision.action === 'stop') done.resolve();
    tell(sample);
    const { elapsedMs, bytes } = sample;
    const goodput = elapsedMs > 0 ? (bytes * 8) / elapsedMs / 1000 : 0;
    onProgress({ phase: direction, elapsedMs, goodput, streams: load.streams });
  };
  const late = clock.sleep(ruleOptions.limitMs + GRACE_MS, within).then(() => {
    throw failure('test_timed_out', direction, 'the server fell silent');
  });
  late.catch(() => {});
  const load = open(onSample, within);
  load.over.catch(() => {});
  try {
    await Promise.race([done.promise, load.over, late]);
    signal.throwIfAborted();
    if (rule.bytes === 0) {
      throw failure('test_timed_out', direction, 'not one byte was counted');
    }
    const { bytes, streams } = load;
    const { samples } = rule;
    const cost = Math.max(rule.bytes, bytes);
    return { reading: { ...rule.reading(), streams }, bytes: cost, samples };
  } catch (error) {
    throw new TestFailure(failureOf(error, direction), { cause: error });
  } finally {
    end.abort(new Error('the direction is over'));
    await load.close();
  }
}
