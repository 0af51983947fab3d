// A WebSocket that tells its peer why. `ws` closes by itself, with a bare code, when a frame is too
// big or breaks the protocol; an agent's owner should read what the limit was.
import { WebSocket } from 'ws';
import { CLOSE, type CollectorFrame, MAX_FRAME_BYTES } from '#shared/wire/uplink.ts';

/** RFC 6455 §5.5: a control frame carries 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123;
const MAX_MESSAGE_LENGTH = 1_000;
const PROTOCOL_ERROR = 1002;

type ErrorFrame = Extract<CollectorFrame, { type: 'error' }>;

export class TellingWebSocket extends WebSocket {
  /** An `error` frame, then the close with a shortened reason. */
  refuse(closeCode: number, code: string, message: string): void {
    const frame: ErrorFrame = {
      type: 'error',
      code,
      message: message.slice(0, MAX_MESSAGE_LENGTH),
    };
    if (this.readyState === WebSocket.OPEN) this.send(JSON.stringify(frame));
    super.close(closeCode, shorten(`${code}: ${message}`));
  }

  /** With a code and no reason it is `ws` itself that closes. */
  override close(code?: number, reason?: string | Buffer): void {
    const isOwn = reason === undefined && this.readyState === WebSocket.OPEN;
    if (isOwn && code === CLOSE.tooBig) {
      const message = `a frame may have ${MAX_FRAME_BYTES} bytes; send smaller batches`;
      this.refuse(code, 'message_too_big', message);
    } else if (isOwn && (code === CLOSE.malformed || code === PROTOCOL_ERROR)) {
      const message = 'a frame breaks the WebSocket protocol, or its text is not UTF-8';
      this.refuse(code, 'malformed_message', message);
    } else {
      super.close(code, reason);
    }
  }
}

function shorten(text: string): string {
  let short = text;
  while (Buffer.byteLength(short) > MAX_REASON_BYTES) short = short.slice(0, -1);
  return short;
}
