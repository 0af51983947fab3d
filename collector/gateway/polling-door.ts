// The sessions of agents that poll, by their secret. Owns who has which; what is said in one is its
// connection's affair.
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Random } from '#shared/runtime/random.ts';
import type {
  CloseRequest,
  PollReply,
  PollRequest,
  SendRequest,
} from '#shared/wire/uplink-polling.ts';
import { PolledSocket } from './polled-socket.ts';

/** As the API calls it. All reject with `not_found` for a session that is over or never was. */
export interface PollingDoor {
  /** `address`: whose failed tries are counted. Throws `too_many_requests`, `store_unavailable`. */
  open(address: string): { readonly session: string };
  send(request: SendRequest): Promise<void>;
  poll(request: PollRequest, signal: AbortSignal): Promise<PollReply>;
  close(request: CloseRequest): Promise<void>;
}

export interface PollingDoorOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Pick<Random, 'bytes'>;
  /** Throws when `address` may not come in now. */
  readonly admit: (address: string) => void;
  /** Makes the connection that speaks over it; resolves when that is over. */
  readonly connect: (socket: PolledSocket, address: string) => Promise<void>;
}

const SECRET_BYTES = 32;

export function createPollingDoor({
  clock,
  random,
  admit,
  connect,
}: PollingDoorOptions): PollingDoor {
  const sockets = new Map<string, PolledSocket>();
  const socketOf = (session: string) => {
    const socket = sockets.get(session);
    if (socket !== undefined) return socket;
    throw new AppError('not_found', 'session: is over, or never was; open a new one');
  };
  return {
    open: (address) => {
      admit(address);
      const session = Buffer.from(random.bytes(SECRET_BYTES)).toString('base64url');
      const socket = new PolledSocket(clock);
      sockets.set(session, socket);
      void connect(socket, address).then(() => sockets.delete(session));
      return { session };
    },
    send: async ({ session, ...request }) => socketOf(session).receive(request),
    poll: async ({ session, ...request }, signal) => socketOf(session).poll(request, signal),
    close: async ({ session, ...request }) => socketOf(session).closeFrom(request),
  };
}
