// The uplink's frames over plain HTTPS requests, for networks that let no WebSocket through: the same
// challenge, hello and frames as in uplink.ts, each way numbered from 1 so that a request may be sent
// again when its answer was lost.
//
//   POST …/open   {}                          → {session}
//   POST …/send   {session, first, frames}    → {}            agent's frames, once each
//   POST …/poll   {session, after, holdMs}    → {first, frames, closed?}
//   POST …/close  {session, code, reason}     → {}
//
// A poll is held until there is a frame, a newer poll, or `holdMs` have passed; `after` is the number
// of the last frame that the agent has. `session` is known to its agent alone.
import { z } from 'zod';
import type { Bytes, Ms } from '../model/units.ts';
import { MAX_FRAME_BYTES } from './uplink.ts';

/** Below the API's prefix. */
export const POLLING_PATH = '/uplink/polling';
/** Below the 30 s after which the more impatient proxies give up, with room for slow ones. */
export const MAX_HOLD_MS: Ms = 20_000;
export const MAX_FRAMES_A_REQUEST = 16;
/** Frames are JSON within JSON: their quotes take two bytes each. */
export const MAX_POLLING_BYTES: Bytes = 2 * MAX_FRAME_BYTES + 4_096;

const session = z.string().min(1).max(64);
const frame = z.string().max(MAX_FRAME_BYTES);

export const openReplySchema = z.object({ session });

export const sendRequestSchema = z.object({
  session,
  /** Number of the first of `frames`. */
  first: z.int().positive(),
  frames: z.array(frame).min(1).max(MAX_FRAMES_A_REQUEST),
});
export type SendRequest = z.infer<typeof sendRequestSchema>;

export const pollRequestSchema = z.object({
  session,
  after: z.int().nonnegative(),
  holdMs: z.number().min(0).max(MAX_HOLD_MS),
});
export type PollRequest = z.infer<typeof pollRequestSchema>;

export const pollReplySchema = z.object({
  /** Number of the first of `frames`. */
  first: z.int().positive(),
  frames: z.array(frame),
  /** A WebSocket close code, and why: the session is over, after these frames. */
  closed: z.object({ code: z.int(), reason: z.string().max(200) }).optional(),
});
export type PollReply = z.infer<typeof pollReplySchema>;

export const closeRequestSchema = z.object({
  session,
  code: z.int(),
  reason: z.string().max(200),
});
export type CloseRequest = z.infer<typeof closeRequestSchema>;
