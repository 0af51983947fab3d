// What both ends of ndt7 know (spec/ndt7-protocol.md in github.com/m-lab/ndt-server): addresses,
// times, message sizes and the measurement message.
import { z } from 'zod';

/** As measurements name it. */
export const NDT7_PROTOCOL = 'ndt7/0.11';
export const NDT7_SUBPROTOCOL = 'net.measurementlab.ndt.v7';
export const NDT7_PATHS = {
  download: '/ndt/v7/download',
  upload: '/ndt/v7/upload',
} as const;
export type Ndt7Test = keyof typeof NDT7_PATHS;

/** The sender ends its test after this. */
export const NDT7_RUNTIME_MS = 10_000;
/** Either end may cut the connection after this. */
export const NDT7_LIMIT_MS = 13_000;
/** At most ten text messages a second are allowed; the reference server sends four. */
export const NDT7_MEASUREMENT_MS = 250;
export const NDT7_FIRST_MESSAGE_BYTES = 1 << 13;
export const NDT7_MAX_MESSAGE_BYTES = 1 << 24;
const SCALING = 16;

/** Which test a path asks for. */
export function ndt7TestOf(path: string): Ndt7Test | undefined {
  if (path === NDT7_PATHS.download) return 'download';
  return path === NDT7_PATHS.upload ? 'upload' : undefined;
}

/** Doubles when a message is less than a sixteenth of what was sent (the spec's appendix). */
export function nextMessageBytes(current: number, sent: number, most: number): number {
  return current < most && current < sent / SCALING ? 2 * current : current;
}

/** Only what is used is checked; servers send more, and any of it may be absent. */
export const ndt7MeasurementSchema = z.object({
  AppInfo: z
    .object({ ElapsedTime: z.number().nonnegative(), NumBytes: z.number().nonnegative() })
    .optional(),
  /** At the TCP level, WebSocket and TLS included. */
  TCPInfo: z
    .object({
      ElapsedTime: z.number().nonnegative().optional(),
      BytesReceived: z.number().nonnegative().optional(),
    })
    .optional(),
});
export type Ndt7Measurement = z.infer<typeof ndt7MeasurementSchema>;
