// The test protocol `meetpunt/1` between agent and measure server: plain HTTP/1.1, so that every
// filter knows it and no window but TCP's own is between the two ends. Over TLS 1.3 where the server's
// origin is https: load and all, for then a filter that opens TLS is found out by its certificate.
//
//   GET    /meetpunt/v1/ping                  204, for round trips on a kept connection
//   GET    /meetpunt/v1/stamp                 → StampDoor: where latency probes are reflected
//   POST   /meetpunt/v1/tests                 Authorization: Bearer SLOT-TOKEN → TestTicket;
//                                             ?max_bytes=N: no more than that, the token's aside
//   GET    /meetpunt/v1/tests/ID/download     bytes until either end closes; ?pace=MBPS of payload
//                                             for all streams of the test together
//   POST   /meetpunt/v1/tests/ID/upload       a body of any length, counted as it arrives
//   GET    /meetpunt/v1/tests/ID/counts       NDJSON of UploadCount, one line every 100 ms
//   DELETE /meetpunt/v1/tests/ID              → TestReceipt; the test is over
import { z } from 'zod';

export const SPEED_PROTOCOL = 'meetpunt/1';
export const SPEED_PREFIX = '/meetpunt/v1';
/** On every answer of a measure server; without it something else answered (a portal, a proxy). */
export const SPEED_HEADER = 'x-meetpunt';

/** Both ends: the records of this version cost a known number of bytes, which the reading counts. */
export const SPEED_TLS = { minVersion: 'TLSv1.3' as const, ALPNProtocols: ['http/1.1'] };

/** Counters are read this often; rates use the real time between two readings. */
export const SAMPLE_MS = 100;
/** Samples within 0.5 s hang together (TCP's window moves by round trips); batches do so less. */
export const BATCH_MS = 500;
/** Slow start is never over sooner, even where two half seconds happen to look alike. */
export const WARM_UP_MIN_MS = 800;
/** Still growing after this: the reading is flagged `no_plateau`. */
export const WARM_UP_MAX_MS = 3_000;
/** Warm-up is over when a half second is no more than this above the one before. */
export const WARM_UP_GROWTH = 1.03;
/** A measure server takes no more connections for one direction of a test. */
export const STREAMS_MAX = 128;
/**
 * Doubled streams that carry less than this × what there was were not the limit, the line is: where
 * n streams fill less than 1/1.1 of a line, 2n carry more than that, and where they fill more, 2n
 * fill all of it.
 */
export const STREAMS_GAIN = 1.1;
export const DIRECTION_LIMIT_MS = 10_000;
/**
 * Check mode asks whether the line meets the norm, so it sends no more than this × the norm: 7% above
 * what is required, several times the width of an interval, and a pass stays under 170 MB.
 */
export const PACE_OVER_NORM = 1.05;
export const PING_COUNT = 10;
/** The measure server forgets a test after this: two directions and their beginnings. */
export const TEST_LIFE_MS = 60_000;

/** The UDP port of the STAMP reflector (wire/stamp.ts). */
export const stampDoorSchema = z.object({ port: z.int().min(1).max(65_535) });
export type StampDoor = z.infer<typeof stampDoorSchema>;

export const testTicketSchema = z.object({
  testId: z.string().max(64),
  maxBytes: z.int().positive(),
});
export type TestTicket = z.infer<typeof testTicketSchema>;

export const uploadCountSchema = z.object({
  /** The server's monotonic clock since the test was made. */
  elapsedMs: z.number().nonnegative(),
  /** Payload received so far, all streams together. */
  bytes: z.int().nonnegative(),
});
export type UploadCount = z.infer<typeof uploadCountSchema>;

export const testReceiptSchema = z.object({
  sentBytes: z.int().nonnegative(),
  receivedBytes: z.int().nonnegative(),
  /** At some time during the test the server was at its admission limit, or itself too busy. */
  serverLimited: z.boolean(),
  limitedBy: z.array(z.string().max(40)).max(10).optional(),
});
export type TestReceipt = z.infer<typeof testReceiptSchema>;

const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
/** TCP's header with the timestamps option (RFC 7323), which all current systems send. */
const TCP_HEADER_BYTES = 32;

/** The most that a TLS record carries (RFC 8446, 5.1); both ends write records of this size. */
const TLS_RECORD_BYTES = 16_384;
/** Header, content type and tag of a TLS 1.3 record; its ciphers all have a tag of 16 bytes. */
const TLS_RECORD_OVERHEAD_BYTES = 5 + 1 + 16;

/**
 * Payload per byte at the IP layer in full packets: 1448/1500 for IPv4 on Ethernet, and a thousandth
 * less of it in full TLS 1.3 records.
 */
export function payloadShare(
  mtuBytes: number,
  ipVersion: 4 | 6,
  security: 'clear' | 'tls' = 'clear',
): number {
  const ip = ipVersion === 4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
  const tcp = (mtuBytes - ip - TCP_HEADER_BYTES) / mtuBytes;
  const tls = TLS_RECORD_BYTES / (TLS_RECORD_BYTES + TLS_RECORD_OVERHEAD_BYTES);
  return security === 'tls' ? tcp * tls : tcp;
}
