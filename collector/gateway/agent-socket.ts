// What carries one agent's frames, as a connection sees it: a WebSocket or a row of polls.
import type { Bytes } from '#shared/model/units.ts';
import type { CollectorFrame } from '#shared/wire/uplink.ts';

export interface AgentSocketEvents {
  onText(text: string): void;
  onBinary(): void;
  /** A sign of life that is no frame. */
  onSign(): void;
  /** `isFault`: it was the peer that broke the protocol. */
  onError(error: Error, isFault: boolean): void;
  /** Once, and nothing after it. */
  onClosed(): void;
}

export interface AgentSocket {
  /** Called once, before anything is sent. */
  listen(events: AgentSocketEvents): void;
  readonly isOpen: boolean;
  readonly unsentBytes: Bytes;
  send(text: string): void;
  /** The sender is held back until `resume`. */
  pause(): void;
  resume(): void;
  /** Says goodbye; `onClosed` follows when the peer has heard it. */
  close(code: number, reason: string): void;
  /** An `error` frame, then the close with a shortened reason. */
  refuse(closeCode: number, code: string, message: string): void;
  /** Without goodbye; `onClosed` follows. */
  terminate(): void;
}

/** RFC 6455 §5.5: a control frame carries 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123;
const MAX_MESSAGE_LENGTH = 1_000;

export function errorFrameText(code: string, message: string): string {
  const frame: CollectorFrame = {
    type: 'error',
    code,
    message: message.slice(0, MAX_MESSAGE_LENGTH),
  };
  return JSON.stringify(frame);
}

export function closeReason(code: string, message: string): string {
  let short = `${code}: ${message}`;
  while (Buffer.byteLength(short) > MAX_REASON_BYTES) short = short.slice(0, -1);
  return short;
}
