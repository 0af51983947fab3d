// A WebSocket that tells its peer why. `ws` closes by itself, with a bare code, when a frame is too
// big or breaks the protocol; an agent's owner should read what the limit was.
import { WebSocket } from 'ws';
import { CLOSE, MAX_FRAME_BYTES } from '#shared/wire/uplink.ts';
import {
  type AgentSocket,
  type AgentSocketEvents,
  closeReason,
  errorFrameText,
} from './agent-socket.ts';

const PROTOCOL_ERROR = 1002;

export class TellingWebSocket extends WebSocket {
  refuse(closeCode: number, code: string, message: string): void {
    if (this.readyState === WebSocket.OPEN) this.send(errorFrameText(code, message));
    super.close(closeCode, closeReason(code, message));
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

export function agentSocketOf(socket: TellingWebSocket): AgentSocket {
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    get unsentBytes() {
      return socket.bufferedAmount;
    },
    listen: (events) => listen(socket, events),
    send: (text) => socket.send(text),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: (code, reason) => socket.close(code, reason),
    refuse: (closeCode, code, message) => socket.refuse(closeCode, code, message),
    terminate: () => socket.terminate(),
  };
}

function listen(socket: TellingWebSocket, events: AgentSocketEvents): void {
  socket.on('message', (data, isBinary) => {
    if (isBinary) events.onBinary();
    else events.onText(data.toString());
  });
  for (const sign of ['ping', 'pong'] as const) socket.on(sign, () => events.onSign());
  // What `ws` finds wrong it also closes for; a reset is told by the close that follows.
  socket.on('error', (error) => {
    events.onError(error, 'code' in error && String(error.code).startsWith('WS_ERR'));
  });
  socket.once('close', () => events.onClosed());
}
