// An agent reduced to its socket and key, so that a test can say exactly what goes over the wire,
// also what no agent would.
import { generateKeyPairSync, sign } from 'node:crypto';
import { WebSocket } from 'ws';
import {
  type AgentFrame,
  type CollectorFrame,
  collectorFrameSchema,
  enrolmentPayload,
  helloPayload,
} from '#shared/wire/uplink.ts';

export interface DeviceKey {
  /** SPKI DER in base64url. */
  readonly publicKey: string;
  sign(payload: string): string;
}

export function newDeviceKey(): DeviceKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    sign: (payload) => sign(null, Buffer.from(payload), privateKey).toString('base64url'),
  };
}

export function enrolmentRequest(key: DeviceKey, code: string) {
  return {
    code,
    publicKey: key.publicKey,
    signature: key.sign(enrolmentPayload(code, key.publicKey)),
    name: 'meetkastje',
    position: 'in_path' as const,
    agentVersion: '0.1.0',
  };
}

export type HelloFrame = Extract<AgentFrame, { type: 'hello' }>;

export interface RawAgent {
  readonly socket: WebSocket;
  /** The next frame; rejects when the connection closes without one. */
  next(): Promise<CollectorFrame>;
  /** The next frame, which must be of this type. */
  expect<T extends CollectorFrame['type']>(type: T): Promise<Extract<CollectorFrame, { type: T }>>;
  send(frame: AgentFrame): void;
  /** Resolves when the connection is over. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** Rejects with the HTTP status when the upgrade is refused. */
export async function connectRaw(url: string): Promise<RawAgent> {
  const socket = new WebSocket(url);
  const frames: CollectorFrame[] = [];
  const waiting: ((frame: CollectorFrame | undefined) => void)[] = [];
  socket.on('message', (data) => {
    const frame = collectorFrameSchema.parse(JSON.parse(data.toString()));
    const taker = waiting.shift();
    if (taker === undefined) frames.push(frame);
    else taker(frame);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      for (const taker of waiting.splice(0)) taker(undefined);
      resolve({ code, reason: reason.toString() });
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('unexpected-response', (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
      socket.terminate();
    });
    socket.on('error', reject);
  });
  const next = async () => {
    const frame =
      frames.shift() ??
      (socket.readyState === socket.CLOSED
        ? undefined
        : await new Promise<CollectorFrame | undefined>((resolve) => waiting.push(resolve)));
    if (frame === undefined) throw new Error('closed without another frame');
    return frame;
  };
  return {
    socket,
    next,
    closed,
    expect: async (type) => {
      const frame = await next();
      if (frame.type !== type) throw new Error(`${type} expected, got ${JSON.stringify(frame)}`);
      return frame as never;
    },
    send: (frame) => socket.send(JSON.stringify(frame)),
  };
}

export async function helloOf(
  agent: RawAgent,
  deviceId: string,
  key: DeviceKey,
  change: Partial<HelloFrame> = {},
): Promise<HelloFrame> {
  const { nonce } = await agent.expect('challenge');
  return {
    type: 'hello',
    protocol: 1,
    deviceId,
    signature: key.sign(helloPayload(nonce, deviceId)),
    agentVersion: '0.1.0',
    nodeVersion: 'v24.21.0',
    purpose: 'run',
    ...change,
  };
}
