// The ends of the byte benchmarks, each a process of its own: `node ends.ts ROLE PORT [SECONDS]`.
// Sources and servers print `ready PORT`; sinks and clients print {bytes, seconds, cpuSeconds} and end;
// servers print {cpuSeconds, bytes} for each line on stdin.
import { randomFillSync } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { runDirection } from '#agent/measure/throughput/run-direction.ts';
import { openAdmission } from '#collector/meetpunt/admission.ts';
import { openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { SPEED_HEADER, SPEED_PREFIX } from '#shared/wire/speed.ts';
import { silentLog } from '#test/support/silent-log.ts';

const STREAMS = 8;
const CHUNK_BYTES = 256 * 1024;
const BLOCK_BYTES = 4 * 1024 * 1024;
const HOST = '127.0.0.1';
const HEAD = `HTTP/1.1 200 OK\r\n${SPEED_HEADER}: bench\r\n\r\n`;

const [role = '', port = '0', seconds = '2'] = process.argv.slice(2);
const limitMs = 1000 * Number(seconds);
const say = (value: object) => console.log(JSON.stringify(value));
const cpuSeconds = (since?: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};
const sent = { bytes: 0 };

const ROLES: Readonly<Record<string, () => void>> = {
  /** A bare `net` server that writes the same bytes in the same portions to whoever connects. */
  'bare-server': () => {
    const block = randomFillSync(Buffer.allocUnsafe(BLOCK_BYTES));
    let offset = 0;
    const pump = (socket: Socket) => {
      while (!socket.destroyed && !socket.writableNeedDrain) {
        if (offset + CHUNK_BYTES > block.length) offset = 0;
        socket.write(block.subarray(offset, offset + CHUNK_BYTES));
        offset += CHUNK_BYTES;
        sent.bytes += CHUNK_BYTES;
      }
    };
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {});
      socket.write(HEAD);
      socket.on('drain', () => pump(socket));
      pump(socket);
    });
    server.listen(0, HOST, () => {
      const address = server.address();
      console.log(`ready ${typeof address === 'object' ? address?.port : ''}`);
    });
    reportCpu(() => sent.bytes);
  },
  /** The measure server itself. */
  meetpunt: () => {
    void openMeetpunt({
      ...{ host: HOST, port: 0, clock: systemClock, log: silentLog },
      admission: { admit: () => ({ ...openAdmission().admit(undefined), maxBytes: 1e12 }) },
    }).then((meetpunt) => {
      console.log(`ready ${meetpunt.port}`);
      reportCpu(() => meetpunt.stats().sentBytes);
    });
  },
  /** Bare sockets that count into one preallocated buffer: the least that receiving can cost. */
  'bare-client': () => void receiveBare('/').then(finish),
  /** The same, of a test on a measure server. */
  'test-sink': () => {
    void (async () => {
      const tests = `http://${HOST}:${port}${SPEED_PREFIX}/tests`;
      const reply = await fetch(tests, { method: 'POST' });
      const { testId } = (await reply.json()) as { testId: string };
      const received = await receiveBare(`${SPEED_PREFIX}/tests/${testId}/download`);
      await fetch(`${tests}/${testId}`, { method: 'DELETE' });
      finish(received);
    })();
  },
  /** What the agent runs: streams, counters each 100 ms, the stop rule, progress. */
  agent: () => {
    void (async () => {
      const before = process.cpuUsage();
      const start = performance.now();
      const run = await runDirection('download', {
        server: { host: HOST, port: Number(port) },
        testId: 'bench',
        rule: {
          ...{ mode: 'check', required: 1e9, provisionalShare: 0.8, confidence: 0.95 },
          ...{ streams: STREAMS, maxBytes: 1e12, limitMs, rttMs: 1e6 },
        },
        payload: new Uint8Array(0),
        clock: systemClock,
        signal: new AbortController().signal,
        onProgress: () => {},
      });
      finish(costOf(run.bytes, start, before));
    })();
  },
};

async function receiveBare(path: string): Promise<Received> {
  const before = process.cpuUsage();
  const start = performance.now();
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let bytes = 0;
  const sockets = Array.from({ length: STREAMS }, () => {
    const socket = connect({
      ...{ host: HOST, port: Number(port) },
      onread: {
        buffer,
        callback: (count) => {
          bytes += count;
          return true;
        },
      },
    });
    socket.on('error', () => {});
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, limitMs));
  for (const socket of sockets) socket.destroy();
  return costOf(bytes, start, before);
}

interface Received {
  readonly bytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function costOf(bytes: number, start: number, before: NodeJS.CpuUsage): Received {
  return { bytes, seconds: (performance.now() - start) / 1000, cpuSeconds: cpuSeconds(before) };
}

function finish(received: Received): void {
  say(received);
  setTimeout(() => process.exit(0), 50);
}

function reportCpu(bytes: () => number): void {
  process.stdin.on('data', () => say({ cpuSeconds: cpuSeconds(), bytes: bytes() }));
  process.stdin.on('end', () => process.exit(0));
}

ROLES[role]?.();
