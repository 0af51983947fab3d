// The door for agents on the collector's HTTP server: takes upgrades to the uplink and sessions that
// poll, keeps the list of connections and who is connected, and closes in order.
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Plan } from '#shared/model/plan.ts';
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import { CLOSE, HEARTBEAT_MS, MAX_FRAME_BYTES, UPLINK_PATH } from '#shared/wire/uplink.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { LiveDevices, LiveEvents } from '../live.ts';
import type { Registry } from '../registry/registry.ts';
import {
  createReleaseCare,
  isReleaseReport,
  RELEASES_LOOK_MS,
  type ReleaseCare,
} from '../releases/release-care.ts';
import type { Slots } from '../slots/slots.ts';
import type { AgentSocket } from './agent-socket.ts';
import { Connection, type Session } from './connection.ts';
import { createFailedTries, type FailedTries } from './failed-tries.ts';
import { createPollingDoor, type PollingDoor } from './polling-door.ts';
import {
  type AgentCare,
  createRemoteCare,
  type RemoteCare,
  type StandingSession,
} from './remote-care.ts';
import { agentSocketOf, TellingWebSocket } from './telling-websocket.ts';

export interface GatewayOptions {
  /** As `attach(server)` at once. */
  readonly server?: Server;
  readonly registry: Pick<Registry, 'device' | 'recordContact' | 'configurations' | 'releases'>;
  readonly ingest: Pick<Ingest, 'ingest'>;
  readonly slots: Slots;
  readonly events: LiveEvents;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** `position` is the device's own. */
  readonly plan: Plan;
  /**
   * Whose failed tries are counted together; default the peer's address. Behind a proxy that is
   * everybody's: hand in what the proxy says.
   */
  readonly addressOf?: (request: IncomingMessage) => string;
}

/** Disposing answers what has been taken in, says goodbye to the agents and leaves the server. */
export interface Gateway extends LiveDevices, AsyncDisposable {
  /** Takes over the server's upgrades. */
  attach(server: Server): void;
  /** For agents whose network lets no WebSocket through; the API's routes call it. */
  readonly polling: PollingDoor;
  /** What operators ask of agents. */
  readonly care: AgentCare;
}

const NONCE_BYTES = 32;
const SESSION_ID_BYTES = 12;
const SWEEP_EVERY_MS: Ms = HEARTBEAT_MS / 5;
/** A batch that the store holds up is not waited for: the agent keeps it. */
const DRAIN_DEADLINE_MS: Ms = 5_000;
/** For the peers to answer the goodbye. */
const GOODBYE_DEADLINE_MS: Ms = 2_000;
/** A session that polls costs its opener no socket: those that have not proved a key are bounded. */
const MAX_UNGREETED_POLLS = 2_000;

interface Refusal {
  readonly status: 404 | 429 | 503;
  readonly text: string;
  readonly retryAfterS?: number;
}

export function openGateway(options: GatewayOptions): Gateway {
  const gateway = new StandingGateway(options);
  if (options.server !== undefined) gateway.attach(options.server);
  return gateway;
}

class StandingGateway implements Gateway {
  readonly polling: PollingDoor;
  readonly care: RemoteCare;
  readonly #options: GatewayOptions;
  readonly #sockets = new WebSocketServer<typeof TellingWebSocket>({
    noServer: true,
    clientTracking: false,
    WebSocket: TellingWebSocket,
    maxPayload: MAX_FRAME_BYTES,
    // A compressed frame is small until it is not.
    perMessageDeflate: false,
  });
  readonly #connections = new Map<Connection, Promise<void>>();
  /** The standing session of each device. */
  readonly #standing = new Map<string, Connection>();
  readonly #failedTries: FailedTries;
  readonly #servers = new Set<Server>();
  readonly #releases: ReleaseCare;
  readonly #stopSweeping: () => void;
  readonly #stopLooking: () => void;
  /** Sessions that poll and have not said hello. */
  #ungreeted = 0;
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const { registry, events, clock, random, log } = options;
    this.care = createRemoteCare({
      ...{ configurations: registry.configurations, events, clock, log },
      newRequestId: () => textOf(random.bytes(SESSION_ID_BYTES)),
      standing: (deviceId) => standingOf(this.#standing.get(deviceId)),
      allStanding: () => [...this.#standing.values()].flatMap((each) => standingOf(each) ?? []),
    });
    this.#releases = createReleaseCare({
      ...{ releases: registry.releases, clock, log },
      standing: (deviceId) => standingOf(this.#standing.get(deviceId)),
      allStanding: () => [...this.#standing.values()].flatMap((each) => standingOf(each) ?? []),
    });
    this.#stopLooking = clock.every(RELEASES_LOOK_MS, () => void this.#releases.look());
    this.polling = createPollingDoor({
      clock: options.clock,
      random: options.random,
      admit: (address) => this.#admitPoll(address),
      connect: (socket, address) => {
        this.#ungreeted += 1;
        const connection = this.#connect(socket, address, () => {
          this.#ungreeted -= 1;
        });
        return connection.closed;
      },
    });
    this.#failedTries = createFailedTries(options.clock);
    this.#stopSweeping = options.clock.every(SWEEP_EVERY_MS, () => {
      for (const connection of this.#connections.keys()) connection.endIfSilent();
    });
  }

  attach(server: Server): void {
    this.#servers.add(server);
    server.on('upgrade', this.#upgrade);
  }

  isConnected(deviceId: string): boolean {
    return this.#standing.has(deviceId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#stopSweeping();
    this.#stopLooking();
    const connections = [...this.#connections];
    await this.#atMost(DRAIN_DEADLINE_MS, Promise.all(connections.map(([each]) => each.drain())));
    for (const [connection] of connections) {
      connection.close(CLOSE.goingAway, 'the collector is stopping; come back later');
    }
    await this.#atMost(GOODBYE_DEADLINE_MS, Promise.all(connections.map(([, closed]) => closed)));
    for (const [connection, closed] of connections) {
      connection.terminate();
      await closed;
    }
    for (const server of this.#servers) server.off('upgrade', this.#upgrade);
    this.#sockets.close();
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) {
      refuseUpgrade(socket, refusal);
      return;
    }
    const address = this.#addressOf(request);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.#connect(agentSocketOf(webSocket), address),
    );
  };

  #refusalOf(request: IncomingMessage): Refusal | undefined {
    if ((request.url ?? '').split('?', 1)[0] !== UPLINK_PATH) {
      return { status: 404, text: `nothing speaks WebSocket here; agents use ${UPLINK_PATH}` };
    }
    if (this.#closing) {
      const text = 'the collector is stopping; come back later';
      return { status: 503, text, retryAfterS: 5 };
    }
    const waitMs = this.#failedTries.waitMs(this.#addressOf(request));
    if (waitMs <= 0) return undefined;
    return {
      status: 429,
      text: 'too many failed tries; wait',
      retryAfterS: Math.ceil(waitMs / 1000),
    };
  }

  #addressOf(request: IncomingMessage): string {
    return this.#options.addressOf?.(request) ?? request.socket.remoteAddress ?? 'unknown';
  }

  #admitPoll(address: string): void {
    if (this.#closing || this.#ungreeted >= MAX_UNGREETED_POLLS) {
      throw new AppError(
        'store_unavailable',
        'the collector takes no session now; come back later',
      );
    }
    const waitMs = this.#failedTries.waitMs(address);
    if (waitMs <= 0) return;
    const waitS = Math.ceil(waitMs / 1000);
    throw new AppError('too_many_requests', `too many failed tries; wait ${waitS} s`);
  }

  /** `onGreeted`: once, when the device is known or the connection over. */
  #connect(socket: AgentSocket, address: string, onGreeted: () => void = () => {}): Connection {
    const { registry, ingest, slots, plan, clock, random, log } = this.#options;
    let isGreeted = false;
    const greeted = () => {
      if (!isGreeted) onGreeted();
      isGreeted = true;
    };
    const connection: Connection = new Connection({
      ...{ socket, registry, ingest, slots, plan, clock, log },
      nonce: textOf(random.bytes(NONCE_BYTES)),
      sessionId: textOf(random.bytes(SESSION_ID_BYTES)),
      onOpen: (session) => {
        greeted();
        this.#opened(connection, session);
      },
      onReport: (device, report) =>
        isReleaseReport(report)
          ? this.#releases.reported(device, report)
          : this.care.reported(device, report),
      onFailedHandshake: () => this.#failedTries.count(address),
    });
    this.#connections.set(
      connection,
      connection.closed.then(() => {
        greeted();
        this.#closed(connection);
      }),
    );
    return connection;
  }

  #opened(connection: Connection, { device, purpose }: Session): void {
    const { log, events } = this.#options;
    log.info('device connected', { deviceId: device.id, locationId: device.locationId, purpose });
    if (purpose !== 'run') return;
    this.#standing
      .get(device.id)
      ?.close(CLOSE.replaced, 'a newer session of this device took its place');
    this.#standing.set(device.id, connection);
    events.changed(device.locationId);
    const standing = standingOf(connection);
    // After the welcome, which follows at once; what it has to read first takes longer.
    if (standing === undefined) return;
    void this.care.opened(standing);
    void this.#releases.opened(standing);
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection);
    const device = connection.session?.device;
    if (device === undefined) return;
    this.#options.log.info('device disconnected', { deviceId: device.id });
    if (this.#standing.get(device.id) !== connection) return;
    this.#standing.delete(device.id);
    this.#options.events.changed(device.locationId);
  }

  async #atMost(ms: Ms, work: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const patience = this.#options.clock.sleep(ms, over.signal).catch(() => {});
    await Promise.race([work, patience]);
    over.abort();
  }
}

function standingOf(connection: Connection | undefined): StandingSession | undefined {
  const session = connection?.session;
  if (connection === undefined || session === undefined) return undefined;
  return { ...session, tell: (frame) => connection.tell(frame) };
}

function refuseUpgrade(socket: Duplex, { status, text, retryAfterS }: Refusal): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
