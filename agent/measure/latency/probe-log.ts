// What a run of probes saw, and its summary: pure. Loss is told apart by the reflector's own count.
import type { ProbeSummary } from '#shared/model/latency.ts';
import type { Ms } from '#shared/model/units.ts';
import { wilson } from '#shared/stats/wilson.ts';

export interface ProbeReply {
  /** Of the probe, from 0. */
  readonly sequence: number;
  /** The reflector's count in the session; absent over TCP. */
  readonly reflected?: number;
  /** Without the time that the reflector took, ms. */
  readonly roundTripMs: Ms;
  /** One way by two clocks: only its variation means anything. */
  readonly forwardMs?: Ms;
  readonly reverseMs?: Ms;
}

export interface ProbeLog {
  readonly transport: 'udp' | 'tcp';
  /** When each probe went, by sequence, ms since the run began. */
  readonly sentMs: readonly Ms[];
  /** In the order in which they came. */
  readonly replies: readonly ProbeReply[];
  /** When nobody listened any more. */
  readonly endMs: Ms;
}

/** A reply later than this would be of no use to any program: the probe counts as lost (RFC 7680 §2.8). */
export const LATE_MS = 2_000;
const CONFIDENCE = 0.95;

/** Undefined when no probe is old enough to say anything. */
export function summariseProbes(log: ProbeLog): ProbeSummary | undefined {
  const first = new Map<number, ProbeReply>();
  let duplicates = 0;
  let reordered = 0;
  let highest = -1;
  for (const reply of log.replies) {
    if (first.has(reply.sequence)) {
      duplicates += 1;
      continue;
    }
    first.set(reply.sequence, reply);
    if (reply.sequence < highest) reordered += 1;
    highest = Math.max(highest, reply.sequence);
  }
  // The last ones may still be under way: not yet lost.
  const counted = log.sentMs.flatMap((sentMs, sequence) =>
    first.has(sequence) || log.endMs - sentMs >= LATE_MS ? [sequence] : [],
  );
  if (counted.length === 0) return undefined;
  const replies = [...first.values()];
  return {
    transport: log.transport,
    sent: counted.length,
    received: replies.length,
    duplicates,
    reordered,
    ...roundTripsOf(replies),
    ...(log.transport === 'udp' ? { loss: lossOf(counted, replies) } : {}),
  };
}

function roundTripsOf(
  replies: readonly ProbeReply[],
): Pick<ProbeSummary, 'roundTrip' | 'variation'> {
  const times = sorted(replies.map(({ roundTripMs }) => roundTripMs));
  if (times.length === 0) return {};
  const forward = sorted(replies.flatMap(({ forwardMs }) => forwardMs ?? []));
  const reverse = sorted(replies.flatMap(({ reverseMs }) => reverseMs ?? []));
  return {
    roundTrip: {
      minMs: rounded(at(times, 0)),
      p50Ms: rounded(at(times, 0.5)),
      p95Ms: rounded(at(times, 0.95)),
      maxMs: rounded(at(times, 1)),
    },
    variation: {
      roundTripMs: variation(times),
      ...(forward.length === 0 ? {} : { forwardMs: variation(forward) }),
      ...(reverse.length === 0 ? {} : { reverseMs: variation(reverse) }),
    },
  };
}

/** PDV (RFC 5481 §4.2): delay over the least delay, at the 95th percentile. */
function variation(times: readonly Ms[]): Ms {
  return rounded(at(times, 0.95) - at(times, 0));
}

/**
 * Up to the last probe that came back, the reflector's count says how many reached it: the rest was lost
 * on the way there, and what it reflected without an answer here on the way back. What went after that
 * last one could be either.
 */
function lossOf(
  counted: readonly number[],
  replies: readonly ProbeReply[],
): NonNullable<ProbeSummary['loss']> {
  const lost = counted.length - replies.length;
  const last = Math.max(-1, ...replies.map(({ sequence }) => sequence));
  const reached = Math.max(-1, ...replies.map(({ reflected }) => reflected ?? -1)) + 1;
  const sentByThen = counted.filter((sequence) => sequence <= last).length;
  const forward = Math.min(lost, Math.max(0, sentByThen - reached));
  const lostByThen = sentByThen - replies.length;
  const reverse = Math.max(0, lostByThen - forward);
  const [low, high] = wilson(lost, counted.length, CONFIDENCE);
  return {
    forward,
    reverse,
    unattributed: lost - forward - reverse,
    share: lost / counted.length,
    interval: [low, high],
  };
}

/**
 * Round trips per minute under load. The working group's draft (draft-ietf-ippm-responsiveness) takes the
 * mean below the 95th percentile of HTTP exchanges within the load's own connections and beside them; one
 * stream of small UDP probes sees the same queues, not the connections' own buffers.
 */
export function responsiveness(
  replies: readonly Pick<ProbeReply, 'roundTripMs'>[],
): number | undefined {
  const times = sorted(replies.map(({ roundTripMs }) => roundTripMs));
  const kept = times.slice(0, Math.max(1, Math.floor(0.95 * times.length)));
  const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length;
  return times.length === 0 || mean <= 0 ? undefined : Math.round(60_000 / mean);
}

function sorted(times: readonly Ms[]): Ms[] {
  return times.toSorted((a, b) => a - b);
}

function at(times: readonly Ms[], share: number): Ms {
  return times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0;
}

function rounded(ms: Ms): Ms {
  return Math.round(ms * 1000) / 1000;
}
