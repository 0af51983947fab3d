// How many connections a direction begins with: pure. More are added while they help (stop-rule).
import type { Direction } from '#shared/model/norm.ts';
import type { Mbps, Ms } from '#shared/model/units.ts';

/** Two or four show a receiver that one connection's window or one queue's hash is not the limit. */
const LEAST = { download: 4, upload: 2 } as const;
/** Beyond this, doubling must show that it helps. */
const MOST = 64;
const PACKET_BYTES = 1448;
/** A line that loses one packet in a thousand is a poor line, but not a slow one. */
const LOSS = 0.001;
/** A line at the norm's very edge must not be held there by its streams. */
const HEADROOM = 1.25;
/** √(3/2) (Mathis, Semke, Mahdavi, Ott: The macroscopic behavior of the TCP congestion avoidance algorithm, 1997). */
const MATHIS = Math.sqrt(1.5);

/**
 * As many as together carry `required` (payload) where one packet in a thousand is lost: TCP then
 * gives a connection about √1.5 packets / (round trip × √loss), 45 Mbit/s at 10 ms and 11 at 40 ms, and
 * four of them would call a line of 500 Mbit/s one of 45.
 */
export function streamsAtStart(direction: Direction, required: Mbps, rttMs: Ms): number {
  const packetsPerS = MATHIS / ((Math.max(rttMs, 0.1) / 1000) * Math.sqrt(LOSS));
  const perStream = (packetsPerS * PACKET_BYTES * 8) / 1e6;
  return Math.min(MOST, Math.max(LEAST[direction], Math.ceil((HEADROOM * required) / perStream)));
}
