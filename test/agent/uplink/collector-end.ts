// A collector's end of the uplink on a real socket, which does what a test tells it to, also what
// no collector would.
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { type AgentFrame, agentFrameSchema, type CollectorFrame } from '#shared/wire/uplink.ts';

export interface Visit {
  readonly socket: WebSocket;
  send(frame: CollectorFrame): void;
  /** The next frame of this type; those of other types stay for later. */
  expect<T extends AgentFrame['type']>(type: T): Promise<Extract<AgentFrame, { type: T }>>;
  /** Challenge, hello, welcome, and the answer to the first pings by `wallMs`. */
  welcome(wallMs?: () => number): Promise<void>;
  readonly closed: Promise<number>;
}

export interface CollectorEnd extends AsyncDisposable {
  /** Base URL. */
  readonly url: string;
  /** The next connection. */
  visit(): Promise<Visit>;
  /** Upgrades are refused with this from now on; undefined: taken. */
  refuseWith(refusal: { status: number; headers?: Record<string, string> } | undefined): void;
}

export async function collectorEnd(): Promise<CollectorEnd> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  const sockets = new WebSocketServer({ noServer: true });
  const visits = queue<Visit>();
  let refusal: { status: number; headers?: Record<string, string> } | undefined;
  server.on('upgrade', (request, socket, head) => {
    // An agent that gives up while it is being refused resets the connection.
    socket.on('error', () => {});
    if (refusal === undefined) {
      sockets.handleUpgrade(request, socket, head, (webSocket) => visits.put(visitOf(webSocket)));
      return;
    }
    const headers = Object.entries(refusal.headers ?? {}).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const lines = [`HTTP/1.1 ${refusal.status} No`, 'content-length: 0', ...headers];
    socket.end(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    visit: () => visits.take(),
    refuseWith: (how) => {
      refusal = how;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function visitOf(socket: WebSocket): Visit {
  const frames = queue<AgentFrame>();
  socket.on('message', (data) => frames.put(agentFrameSchema.parse(JSON.parse(data.toString()))));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const visit: Visit = {
    socket,
    closed,
    send: (frame) => socket.send(JSON.stringify(frame)),
    expect: async (type) => (await frames.take((frame) => frame.type === type)) as never,
    welcome: async (wallMs = () => Date.now()) => {
      visit.send({ type: 'challenge', protocol: 1, nonce: 'bm9uY2U' });
      await visit.expect('hello');
      const time = wallMs();
      visit.send({
        type: 'welcome',
        sessionId: 's',
        locationId: '16SW03',
        time,
        plan: DEFAULT_PLAN,
      });
      answerPing(visit, await visit.expect('ping'), wallMs());
    },
  };
  return visit;
}

export function answerPing(
  visit: Visit,
  ping: Extract<AgentFrame, { type: 'ping' }>,
  wallMs: number,
): void {
  const { id, sentAt } = ping;
  visit.send({ type: 'pong', id, pingSentAt: sentAt, receivedAt: wallMs, sentAt: wallMs });
}

interface Queue<T> {
  put(item: T): void;
  /** The first that fits, now or later. */
  take(fits?: (item: T) => boolean): Promise<T>;
}

function queue<T>(): Queue<T> {
  const items: T[] = [];
  const takers: { readonly fits: (item: T) => boolean; readonly give: (item: T) => void }[] = [];
  return {
    put: (item) => {
      const index = takers.findIndex(({ fits }) => fits(item));
      if (index < 0) items.push(item);
      else takers.splice(index, 1)[0]?.give(item);
    },
    take: (fits = () => true) => {
      const index = items.findIndex(fits);
      const [item] = index < 0 ? [] : items.splice(index, 1);
      if (item !== undefined) return Promise.resolve(item);
      return new Promise((give) => takers.push({ fits, give }));
    },
  };
}
