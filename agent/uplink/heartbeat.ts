// Pings that keep the path open, tell a dead one, and carry the clock. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { HEARTBEAT_MS } from '#shared/wire/uplink.ts';
import { type ClockSample, type Moment, sampleOf, withSample } from './clock-offset.ts';

/** After two without an answer the path is dead. */
const MAX_UNANSWERED = 2;

interface SentPing {
  readonly id: number;
  readonly sentMs: Ms;
}

export interface Heartbeat {
  readonly nextId: number;
  /** Monotonic. */
  readonly nextAtMs: Ms;
  readonly unanswered: readonly SentPing[];
  /** When the last answer came, monotonic; absent before the first. */
  readonly answeredMs?: Ms;
  readonly samples: readonly ClockSample[];
}

export interface Pong {
  readonly id: number;
  readonly receivedAt: EpochMs;
  readonly sentAt: EpochMs;
}

export type Beat =
  | { readonly outcome: 'dead' }
  | { readonly outcome: 'ping'; readonly heartbeat: Heartbeat; readonly id: number };

/** `samples` of the session before are as good as ever. */
export function startHeartbeat(now: Moment, samples: readonly ClockSample[]): Heartbeat {
  return { nextId: 0, nextAtMs: now.monotonicMs, unanswered: [], samples };
}

export function beat(heartbeat: Heartbeat, now: Moment): Beat {
  if (heartbeat.unanswered.length >= MAX_UNANSWERED) return { outcome: 'dead' };
  const id = heartbeat.nextId;
  return {
    outcome: 'ping',
    id,
    heartbeat: {
      ...heartbeat,
      nextId: id + 1,
      nextAtMs: now.monotonicMs + HEARTBEAT_MS,
      unanswered: [...heartbeat.unanswered, { id, sentMs: now.monotonicMs }],
    },
  };
}

/** Undefined for a pong that answers nothing. Those before it will have no answer any more. */
export function answered(heartbeat: Heartbeat, pong: Pong, now: Moment): Heartbeat | undefined {
  const ping = heartbeat.unanswered.find(({ id }) => id === pong.id);
  if (ping === undefined) return undefined;
  const sample = sampleOf({
    pingSentMs: ping.sentMs,
    pongArrivedMs: now.monotonicMs,
    receivedAt: pong.receivedAt,
    sentAt: pong.sentAt,
  });
  return {
    ...heartbeat,
    unanswered: heartbeat.unanswered.filter(({ id }) => id > pong.id),
    answeredMs: now.monotonicMs,
    samples: withSample(heartbeat.samples, sample),
  };
}
