// The ends of the byte benchmarks, each a process of its own: `node ends.ts ROLE PORT SECONDS`.
// Servers print `ready PORT`, and {cpuSeconds, bytes} for each line on stdin; clients print
// {cpuSeconds, bytes, seconds} and end.
import { randomFillSync } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { runDirection } from '#agent/measure/throughput/run-direction.ts';
import { openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { receiveRaw } from '#collector/meetpunt/raw-receive.ts';
import { Payload } from '#shared/flow/payload.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { SPEED_HEADER, SPEED_PREFIX } from '#shared/wire/speed.ts';
import { silentLog } from '#test/support/silent-log.ts';

const STREAMS = 8;
const CHUNK_BYTES = 256 * 1024;
const HOST = '127.0.0.1';
const HEAD = `HTTP/1.1 200 OK\r\n${SPEED_HEADER}: bench\r\n\r\n`;
const ENDLESS = 1_000_000_000_000;

const [role = '', port = '0', seconds = '2'] = process.argv.slice(2);
const limitMs = 1000 * Number(seconds);
const counted = { bytes: 0 };
const say = (value: object) => console.log(JSON.stringify(value));
const cpuSeconds = (since?: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

const ROLES: Readonly<Record<string, () => unknown>> = {
  /** Writes random bytes to whoever connects: no protocol, no limits, no counts per test. */
  'bare-source': () => {
    const payload = randomBlock();
    serve((socket) => {
      socket.resume();
      socket.write(HEAD);
      fill(socket, payload);
    });
  },
  /** Reads into one buffer from whoever connects. */
  'bare-sink': () => {
    serve((socket) => {
      socket.once('data', () => {
        receiveRaw(socket, (count) => {
          counted.bytes += count;
        });
      });
    });
  },
  meetpunt: async () => {
    const meetpunt = await openMeetpunt({
      ...{ host: HOST, port: 0, clock: systemClock, log: silentLog },
      admission: { admit: () => ({ maxBytes: ENDLESS }) },
    });
    listens(meetpunt.port, () => meetpunt.stats().sentBytes + meetpunt.stats().receivedBytes);
  },
  /** Reads into one buffer, counts, and that is all: the cheapest reader that Node has. */
  'bare-reader': () => during((sockets) => readInto(sockets, '/')),
  'test-reader': async () => {
    const test = await makeTest();
    await during((sockets) => readInto(sockets, `${test}/download`));
  },
  /** As cheap as writing gets, into a bare sink. */
  'bare-writer': () => during((sockets) => writeFrom(sockets, '/')),
  'test-writer': async () => {
    const test = await makeTest();
    await during((sockets) => writeFrom(sockets, `${test}/upload`));
  },
  /** What the agent runs: its streams, its counters each 100 ms, the stop rule, progress. */
  agent: async () => {
    const rule = {
      ...{ mode: 'check' as const, required: 1e9, provisionalShare: 0.8, confidence: 0.95 },
      ...{ streams: STREAMS, maxBytes: 1e12, limitMs, rttMs: 1e6 },
    };
    const before = process.cpuUsage();
    const start = performance.now();
    const { bytes } = await runDirection('download', {
      ...{ server: { host: HOST, port: Number(port) }, testId: 'bench', rule },
      ...{ payload: new Uint8Array(0), clock: systemClock, onProgress: () => {} },
      signal: new AbortController().signal,
    });
    finish(bytes, start, before);
  },
};

function randomBlock(): Payload {
  return new Payload(randomFillSync(Buffer.allocUnsafe(4 * 1024 * 1024)));
}

function fill(socket: Socket, payload: Payload): void {
  const pump = () => {
    while (!socket.destroyed && !socket.writableNeedDrain) {
      socket.write(payload.take(CHUNK_BYTES));
      counted.bytes += CHUNK_BYTES;
    }
  };
  socket.on('drain', pump);
  pump();
}

function serve(onSocket: (socket: Socket) => void): void {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    onSocket(socket);
  });
  server.listen(0, HOST, () => {
    const address = server.address();
    listens(typeof address === 'object' ? (address?.port ?? 0) : 0, () => counted.bytes);
  });
}

function listens(at: number, bytes: () => number): void {
  console.log(`ready ${at}`);
  process.stdin.on('data', () => say({ cpuSeconds: cpuSeconds(), bytes: bytes() }));
  process.stdin.on('end', () => process.exit(0));
}

async function makeTest(): Promise<string> {
  const path = `${SPEED_PREFIX}/tests`;
  const reply = await fetch(`http://${HOST}:${port}${path}`, { method: 'POST' });
  return `${path}/${((await reply.json()) as { testId: string }).testId}`;
}

async function during(open: (sockets: Set<Socket>) => void): Promise<void> {
  const before = process.cpuUsage();
  const start = performance.now();
  const sockets = new Set<Socket>();
  open(sockets);
  for (const socket of sockets) socket.on('error', () => socket.destroy());
  await new Promise((resolve) => setTimeout(resolve, limitMs));
  for (const socket of sockets) socket.destroy();
  finish(counted.bytes, start, before);
}

function readInto(sockets: Set<Socket>, path: string): void {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const callback = (count: number) => {
    counted.bytes += count;
    return true;
  };
  for (let i = 0; i < STREAMS; i += 1) {
    const socket = connect({ host: HOST, port: Number(port), onread: { buffer, callback } });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    sockets.add(socket);
  }
}

function writeFrom(sockets: Set<Socket>, path: string): void {
  const payload = randomBlock();
  for (let i = 0; i < STREAMS; i += 1) {
    const socket = connect({ host: HOST, port: Number(port) });
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${ENDLESS}\r\n\r\n`,
      () => fill(socket, payload),
    );
    sockets.add(socket);
  }
}

function finish(bytes: number, start: number, before: NodeJS.CpuUsage): void {
  say({ cpuSeconds: cpuSeconds(before), bytes, seconds: (performance.now() - start) / 1000 });
  setTimeout(() => process.exit(0), 50);
}

await ROLES[role]?.();
