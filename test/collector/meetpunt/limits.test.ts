// Clients that misbehave: each is told what is wrong, takes no more than its own, and leaves nothing.
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uploadOf } from '#collector/meetpunt/door.ts';
import { type Meetpunt, openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { MOST_SOCKETS } from '#collector/meetpunt/running-test.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { SPEED_PREFIX, TEST_LIFE_MS } from '#shared/wire/speed.ts';
import { eventually } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';

const MAX_BYTES = 8_000_000;
const CHUNK_BYTES = 256 * 1024;

function open(maxBytes = MAX_BYTES, clock = systemClock): Promise<Meetpunt> {
  return openMeetpunt({
    ...{ host: '127.0.0.1', port: 0, clock, log: silentLog },
    admission: { admit: () => ({ maxBytes }) },
  });
}

async function makeTest({ port }: Meetpunt): Promise<string> {
  const reply = await fetch(`http://127.0.0.1:${port}${SPEED_PREFIX}/tests`, { method: 'POST' });
  return ((await reply.json()) as { testId: string }).testId;
}

interface Raw {
  readonly socket: Socket;
  readonly received: () => Buffer;
  readonly closed: Promise<void>;
}

function raw({ port }: Meetpunt, head: string): Raw {
  const chunks: Buffer[] = [];
  const socket = connect(port, '127.0.0.1', () => socket.write(head));
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return { socket, received: () => Buffer.concat(chunks), closed };
}

const get = (path: string) => `GET ${SPEED_PREFIX}${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const upload = (id: string, length = 1e12) =>
  `POST ${SPEED_PREFIX}/tests/${id}/upload HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

/** Writes for as long as it is let. */
function flood(socket: Socket): void {
  const chunk = Buffer.alloc(64 * 1024, 1);
  const pump = () => {
    while (!socket.destroyed && !socket.writableNeedDrain) socket.write(chunk);
  };
  socket.on('drain', pump);
  socket.on('connect', pump);
}

function errorOf(received: Buffer): { code: string; message: string } {
  const text = received.toString('utf8');
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)).error;
}

test('endless downloads and uploads end with the bytes of their test, both together', async () => {
  await using meetpunt = await open();
  const id = await makeTest(meetpunt);
  const down = [1, 2].map(() => raw(meetpunt, get(`/tests/${id}/download?pace=100`)));
  const up = [1, 2, 3].map(() => raw(meetpunt, upload(id)));
  for (const { socket } of up) flood(socket);
  await Promise.all([...down, ...up].map(({ closed }) => closed));
  const { sentBytes, receivedBytes } = meetpunt.stats();
  expect(sentBytes + receivedBytes).toBeGreaterThanOrEqual(MAX_BYTES);
  expect(sentBytes + receivedBytes).toBeLessThanOrEqual(MAX_BYTES + 5 * CHUNK_BYTES);
  // And no new connection brings one chunk more.
  for (const head of [get(`/tests/${id}/download`), upload(id)]) {
    const again = raw(meetpunt, head);
    flood(again.socket);
    await again.closed;
  }
  const late = raw(meetpunt, get(`/tests/${id}/download`));
  await late.closed;
  expect(errorOf(late.received())).toMatchObject({
    code: 'too_many_requests',
    message: expect.stringMatching(/bytes of this test are spent/),
  });
  expect(meetpunt.stats().sentBytes).toBe(sentBytes);
  expect(meetpunt.stats().receivedBytes).toBe(receivedBytes);
});

test('a test whose agent goes on is over with its time', async () => {
  // Only the sleep of a test's whole life is cut short: what happens at its end is real.
  const clock = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) =>
      systemClock.sleep(ms === TEST_LIFE_MS ? 500 : ms, signal),
  };
  await using meetpunt = await open(1e12, clock);
  const id = await makeTest(meetpunt);
  const streams = [
    raw(meetpunt, get(`/tests/${id}/download?pace=10`)),
    raw(meetpunt, get(`/tests/${id}/counts`)),
    raw(meetpunt, upload(id)),
  ];
  await Promise.all(streams.map(({ closed }) => closed));
  expect(meetpunt.stats()).toMatchObject({ running: 0, endedBy: { time: 1 } });
});

test('a reader that reads nothing costs no memory: what it does not take is not sent', async () => {
  await using meetpunt = await open(1e12);
  const id = await makeTest(meetpunt);
  const { socket } = raw(meetpunt, get(`/tests/${id}/download`));
  socket.pause();
  await eventually('the server comes to rest', async () => {
    const before = meetpunt.stats().sentBytes;
    await systemClock.sleep(200);
    return before > 0 && meetpunt.stats().sentBytes === before ? before : undefined;
  });
  // The kernel's two buffers and one chunk.
  expect(meetpunt.stats().sentBytes).toBeLessThan(20_000_000);
  socket.destroy();
});

test('a head that is no HTTP, or too long, is answered in words', async () => {
  await using meetpunt = await open();
  const noise = raw(meetpunt, 'HELLO\r\n\r\n');
  const long = raw(meetpunt, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(10_000)}\r\n\r\n`);
  await Promise.all([noise.closed, long.closed]);
  expect(errorOf(noise.received())).toMatchObject({
    code: 'bad_request',
    message: expect.stringMatching(/no HTTP\/1\.1 request/),
  });
  expect(errorOf(long.received()).message).toMatch(/more than 8192 bytes/);
});

test('half a head is not waited for, nor is silence', async () => {
  await using meetpunt = await open();
  const half = raw(meetpunt, 'GET /meetpunt/v1/ping HTTP/1.1\r\nHost:');
  const drip = raw(meetpunt, 'P');
  const dripping = setInterval(() => drip.socket.write('X'), 500);
  const silent = raw(meetpunt, '');
  await Promise.all([half.closed, drip.closed, silent.closed]);
  clearInterval(dripping);
  expect(errorOf(half.received()).message).toMatch(/did not come within 10 s/);
  expect(silent.received().length).toBe(0);
  expect(meetpunt.stats().refusedBy).toMatchObject({ no_head: 1 });
  await eventually('all are closed', async () => meetpunt.stats().connections === 0 || undefined);
}, 60_000);

test('an address has few connections that belong to no test, and a test’s do not count', async () => {
  await using meetpunt = await open(1e12);
  const id = await makeTest(meetpunt);
  const own = Array.from({ length: 16 }, () =>
    raw(meetpunt, get(`/tests/${id}/download?pace=0.1`)),
  );
  await eventually(
    'all have begun',
    async () => own.every(({ received }) => received().length > 0) || undefined,
  );
  const most = MOST_SOCKETS + 32;
  const idle = Array.from({ length: most + 5 }, () => raw(meetpunt, ''));
  await eventually(
    'those above it are refused',
    async () => Number(meetpunt.stats().refusedBy.too_many_connections) >= 5 || undefined,
  );
  const refused = idle.filter(({ received }) => received().length > 0);
  // What `fetch` keeps open is a stranger's too.
  expect(refused.length).toBeGreaterThanOrEqual(5);
  expect(refused.length).toBeLessThanOrEqual(7);
  expect(errorOf(refused[0]?.received() ?? Buffer.of()).code).toBe('too_many_requests');
  // When they go, there is room again.
  for (const { socket } of idle) socket.destroy();
  await eventually('there is room', async () => meetpunt.stats().connections < 20 || undefined);
  const reply = await fetch(`http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/ping`);
  expect(reply.status).toBe(204);
  for (const { socket } of own) socket.destroy();
});

test('after 200 tests broken off in every way nothing is left', async () => {
  await using meetpunt = await open(1e12);
  const ways: readonly ((id: string) => Promise<void>)[] = [
    async (id) => {
      const { socket, closed } = raw(meetpunt, get(`/tests/${id}/download`));
      await systemClock.sleep(2);
      socket.resetAndDestroy();
      await closed;
    },
    async (id) => {
      const { socket, closed } = raw(meetpunt, upload(id));
      flood(socket);
      await systemClock.sleep(2);
      socket.destroy();
      await closed;
    },
    async (id) => {
      const { socket } = raw(meetpunt, get(`/tests/${id}/counts`));
      await systemClock.sleep(2);
      socket.destroy();
    },
    async (id) => {
      raw(meetpunt, get(`/tests/${id}/download?pace=50`));
      raw(meetpunt, upload(id)).socket.end();
    },
  ];
  const resources = () =>
    process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
  const before = resources();
  const breakOff = async (way: (id: string) => Promise<void>) => {
    const id = await makeTest(meetpunt);
    await way(id);
    const path = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests/${id}`;
    expect((await fetch(path, { method: 'DELETE' })).status).toBe(200);
  };
  for (let i = 0; i < 50; i += 1) await Promise.all(ways.map(breakOff));
  expect(meetpunt.stats()).toMatchObject({ running: 0, tests: 200, endedBy: { agent: 200 } });
  await eventually(
    'connections and timers are gone',
    // What `fetch` keeps open is not the server's.
    async () => (meetpunt.stats().connections <= 8 && resources() <= before + 12) || undefined,
  );
});

test('a small upload is answered at its end with what was counted', async () => {
  await using meetpunt = await open();
  const id = await makeTest(meetpunt);
  const path = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests/${id}/upload`;
  const reply = await fetch(path, { method: 'POST', body: Buffer.alloc(100_000) });
  expect(await reply.json()).toEqual({ receivedBytes: 100_000 });
});

test('bytes that come with the head of an upload are counted', async () => {
  await using meetpunt = await open();
  const id = await makeTest(meetpunt);
  const { socket } = raw(meetpunt, `${upload(id)}12345`);
  await eventually('counted', async () => meetpunt.stats().receivedBytes === 5 || undefined);
  socket.write('678');
  await eventually('more', async () => meetpunt.stats().receivedBytes === 8 || undefined);
  socket.destroy();
});

test('only a whole and plain head of an endless upload passes the HTTP parser by', () => {
  const head = (change: string, length = '1000000000000') =>
    Buffer.from(
      `POST ${SPEED_PREFIX}/tests/abc-1/upload HTTP/1.1\r\nHost: x\r\n${change}Content-Length: ${length}\r\n\r\nxyz`,
    );
  expect(uploadOf(head(''))).toEqual({ testId: 'abc-1', rest: 3 });
  for (const bad of [
    head('Transfer-Encoding: chunked\r\n'),
    head('Expect: 100-continue\r\n'),
    head('Upgrade: websocket\r\n'),
    head('Content-Length: 5\r\n'),
    head('', '5'),
    head('', '-1'),
    head('', '1e12'),
    head('').subarray(0, 60),
    Buffer.from(get('/tests/abc/download')),
  ]) {
    expect(uploadOf(bad)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(120), (noise, at) => {
      const whole = head('');
      const broken = Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at)]);
      const found = uploadOf(broken);
      if (found !== undefined) expect(found.rest).toBeLessThan(broken.length);
    }),
  );
});
