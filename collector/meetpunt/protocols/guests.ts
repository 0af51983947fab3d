// The door for guests: clients of ndt7, LibreSpeed and Cloudflare's speed test, without a slot.
// The measure server asks here first and goes on with what is not a guest's.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Bytes } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import { answerCloudflare } from './cloudflare.ts';
import { GuestDesk, GuestRefused, type GuestStats } from './guest-desk.ts';
import { GuestPolicy } from './guest-policy.ts';
import { refuseRequest } from './http-load.ts';
import { answerLibrespeed } from './librespeed.ts';
import { Ndt7Server, readNdt7Request, refusedWithoutUpgrade } from './ndt7.ts';

export interface GuestsOptions {
  readonly clock: Clock;
  /** Random bytes, shared with the agents' tests. */
  readonly payload: Uint8Array;
  /** Bytes of one network in a day; infinite in a lab. */
  readonly dayBytes: Bytes;
  /** Places that neither an agent's test nor a guest holds. */
  readonly placesFree: () => number;
}

export interface Guests {
  /** False: not a guest's request; nothing was done with it. */
  answerGuest(request: IncomingMessage, response: ServerResponse): boolean;
  /** False: not a guest's upgrade; nothing was done with it. */
  upgradeGuest(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Places that guests hold. */
  places(): number;
  /** Ends all guests' tests at once: an agent needs the place, or the server stops. */
  makeRoom(): void;
  stats(): GuestStats;
}

/** Two pages of six streams behind one address, and what their aborted streams leave for a moment. */
const REQUESTS_PER_NETWORK = 16;
const LINGER_MS = 3_000;
const NETWORKS_REMEMBERED = 50_000;

export function openGuests({ clock, payload, dayBytes, placesFree }: GuestsOptions): Guests {
  const policy = new GuestPolicy({
    requests: REQUESTS_PER_NETWORK,
    dayBytes,
    lingerMs: LINGER_MS,
    networks: NETWORKS_REMEMBERED,
  });
  const desk = new GuestDesk({ policy, clock, payload, placesFree });
  const ndt7 = new Ndt7Server(desk);
  return {
    answerGuest: (request, response) => {
      const url = urlOf(request);
      if (url === undefined) return false;
      request.on('error', () => {});
      const wrong = refusedWithoutUpgrade(url);
      if (wrong !== undefined) {
        refuseRequest(request, response, new AppError('bad_request', wrong), {});
        return true;
      }
      return (
        answerLibrespeed(desk, request, response, url) ||
        answerCloudflare(desk, request, response, url)
      );
    },
    upgradeGuest: (request, socket, head) => {
      const url = urlOf(request);
      const wanted =
        url === undefined
          ? undefined
          : readNdt7Request(url, request.headers['sec-websocket-protocol']);
      if (wanted === undefined) return false;
      socket.on('error', () => socket.destroy());
      try {
        if (typeof wanted === 'string') throw new AppError('bad_request', wanted);
        ndt7.upgrade(wanted, request, socket, head);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refuseUpgrade(socket, error);
      }
      return true;
    },
    places: () => desk.places(),
    makeRoom: () => desk.makeRoom(),
    stats: () => desk.stats(),
  };
}

/** An HTTP answer on a socket that was to become something else. */
export function refuseUpgrade(socket: Duplex, error: AppError): void {
  const body = JSON.stringify({ error: { code: error.code, message: messageOf(error) } });
  const retry = error instanceof GuestRefused ? `retry-after: ${error.retryAfterS}\r\n` : '';
  socket.end(
    `HTTP/1.1 ${error.entry.status} Refused\r\n${retry}content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/**
 * Pages put an address together from parts that both may have a slash, and web servers take two for
 * one. (At its start, two would name a host.)
 */
function urlOf({ url = '/' }: IncomingMessage): URL | undefined {
  const single = url.startsWith('/')
    ? url.replace(/^[^?]*/, (path) => path.replace(/\/{2,}/g, '/'))
    : url;
  return URL.parse(single, 'http://meetpunt') ?? undefined;
}
