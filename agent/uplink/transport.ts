// What carries the uplink's frames: websocket.ts, or https.ts where that is not let through.
import type { Ms } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Trouble } from '../network/trouble.ts';

/** RFC 6455 §7.4.1: without a goodbye. */
export const BROKEN = 1006;

export interface Closed {
  /** WebSocket close code (RFC 6455 §7.4.1); 1006 when the connection broke. */
  readonly code: number;
  readonly reason: string;
}

export interface TransportEvents {
  onText(text: string): void;
  /** Once, and nothing after it. */
  onClosed(closed: Closed): void;
}

export interface Transport {
  /** Without effect once it is closing. */
  send(text: string): void;
  /** Says goodbye; `onClosed` follows when the peer has answered. */
  close(code: number, reason: string): void;
  /** Without goodbye; `onClosed` follows at once. */
  terminate(): void;
}

/**
 * Resolves when frames can be sent. Rejects with `ConnectError`, or the signal's reason; then no
 * event comes.
 */
export type Connect = (events: TransportEvents, signal: AbortSignal) => Promise<Transport>;

/** Nobody there, or not now. */
export class ConnectError extends AppError {
  /** How long the collector asks us to stay away. */
  readonly retryAfterMs: Ms;
  readonly trouble: Trouble;

  constructor(
    message: string,
    trouble: Trouble,
    options: { cause?: unknown; retryAfterMs?: Ms } = {},
  ) {
    super('unreachable', message, { cause: options.cause });
    this.trouble = trouble;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}
