// What one direction of one test says of a line: a fast model of the stop rule, whose outcomes a
// test holds to the real one's (reading.test.ts).
import type { DirectionResult } from '#shared/model/measurement.ts';
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { Mbps, Share } from '#shared/model/units.ts';
import type { Random } from '#shared/runtime/random.ts';
import { PACE_OVER_NORM } from '#shared/wire/speed.ts';
import { gauss } from './true-line.ts';

/** Payload in an IPv4 packet of 1,500 bytes, 12 bytes of TCP options. */
const PAYLOAD_SHARE = 1448 / 1500;
/** How sure the rule wants to be, in standard errors and beside them: it looks many times. */
const TO_PASS = { errors: 1.6, beside: 0.006 };
const TO_FAIL = { errors: 2.6, beside: 0.006 };

/**
 * @param available what the line leaves to the test, Mbit/s at the IP layer.
 * @param barred a flag lets the test say no fail, as the agent does.
 */
export function readDirection(
  available: Mbps,
  direction: Direction,
  testError: Share,
  norm: Norm,
  random: Random,
  barred = false,
): DirectionResult {
  const required = requiredMbps(norm, direction);
  const pace = PACE_OVER_NORM * norm[direction];
  const seen = Math.max(0.05, available * (1 + testError * gauss(random)));
  const isPaced = seen >= pace;
  const ipCapacity = isPaced ? pace * (1 - 0.004 * random.next()) : seen;
  const margin = (side: typeof TO_PASS) => ipCapacity * (side.errors * testError + side.beside);
  const isPass = isPaced || ipCapacity - margin(TO_PASS) >= required;
  const isFail = !barred && ipCapacity + margin(TO_FAIL) < required;
  const durationMs = isPass ? 2600 + 800 * random.next() : isFail ? 5200 : 10_000;
  const half = isPaced ? 0.002 * pace : 2 * testError * ipCapacity;
  const warmUpMs = 800 + Math.round(700 * random.next());
  const goodput = rounded(ipCapacity * PAYLOAD_SHARE);
  return {
    goodput,
    ipCapacity: rounded(ipCapacity),
    interval: [rounded(Math.max(0, ipCapacity - half)), rounded(ipCapacity + half)],
    bytes: Math.round((goodput * (durationMs - warmUpMs / 2) * 1000) / 8),
    outcome: isPass ? 'pass' : isFail ? 'fail' : 'inconclusive',
    ...(isFail && ipCapacity >= norm.provisionalShare * required ? { provisional: true } : {}),
    ...(ipCapacity >= 0.97 * pace ? { atLeast: true } : {}),
    durationMs: Math.round(durationMs),
    warmUpMs,
    streams: direction === 'download' ? 4 : 2,
    batchVariation: rounded(2 * testError),
    stoppedBy: isPass ? 'pass' : isFail ? 'fail' : 'time',
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
