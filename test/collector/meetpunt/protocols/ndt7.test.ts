// ndt7 as its specification has it, over loopback with a plain WebSocket client.
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import type { Meetpunt } from '#collector/meetpunt/meetpunt.ts';
import { readNdt7Request } from '#collector/meetpunt/protocols/ndt7.ts';
import { NDT7_SUBPROTOCOL, nextMessageBytes } from '#shared/wire/ndt7.ts';
import { fastClock } from '#test/support/fast-clock.ts';
import { openTestMeetpunt, originOf } from '#test/support/meetpunt.ts';

interface Told {
  readonly AppInfo: { readonly ElapsedTime: number; readonly NumBytes: number };
  readonly ConnectionInfo?: { readonly Client: string; readonly Server: string };
  readonly TCPInfo?: { readonly ElapsedTime: number; readonly BytesReceived: number };
  readonly Origin: string;
  readonly Test: string;
}

interface Seen {
  readonly told: Told[];
  /** Of the binary messages, in order. */
  readonly sizes: number[];
  readonly first: Buffer[];
  code: number;
  bytes: number;
}

/** Follows a test to its close; `load` is sent message by message while the socket takes it. */
function run(meetpunt: Meetpunt, path: string, load?: Buffer): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(originOf(meetpunt, 'ws') + path, NDT7_SUBPROTOCOL);
    const seen: Seen = { told: [], sizes: [], first: [], code: 0, bytes: 0 };
    let sent = 0;
    const feed = () => {
      if (load === undefined || socket.readyState !== WebSocket.OPEN) return;
      sent += load.length;
      socket.send(load, { binary: true }, () => setImmediate(feed));
    };
    socket.on('open', feed);
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) seen.told.push(JSON.parse(data.toString()));
      else {
        seen.sizes.push(data.length);
        if (seen.first.length < 20) seen.first.push(data);
        seen.bytes += data.length;
      }
    });
    socket.on('error', reject);
    socket.on('close', (code) => {
      if (load !== undefined) seen.bytes = sent;
      seen.code = code;
      resolve(seen);
    });
  });
}

test('a download: growing binary messages, measurements, a normal close', async () => {
  await using meetpunt = await openTestMeetpunt({ clock: fastClock(10) });
  const { told, sizes, first, code } = await run(meetpunt, '/ndt/v7/download?client_name=x');
  expect(code).toBe(1000);
  expect(sizes[0]).toBe(1 << 13);
  for (const [i, size] of sizes.entries()) {
    // Powers of two that never shrink.
    expect(Math.log2(size) % 1).toBe(0);
    if (i > 0) expect(size).toBeGreaterThanOrEqual(sizes[i - 1] ?? 0);
  }
  expect(sizes.at(-1)).toBeLessThanOrEqual(1 << 24);
  expect(first[0]?.equals(first[1] ?? Buffer.of())).toBe(false);
  // 10 s at four a second, and one at the end.
  expect(told.length).toBeGreaterThanOrEqual(20);
  expect(told.length).toBeLessThanOrEqual(41);
  expect(told.filter(({ ConnectionInfo }) => ConnectionInfo !== undefined)).toHaveLength(1);
  expect(told[0]?.ConnectionInfo).toEqual({
    Client: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    Server: `127.0.0.1:${meetpunt.port}`,
  });
  for (const [i, { AppInfo, Origin, Test, TCPInfo }] of told.entries()) {
    expect([Origin, Test]).toEqual(['server', 'download']);
    // What is not known is not said.
    expect(TCPInfo).toBeUndefined();
    const before = told[i - 1]?.AppInfo;
    expect(AppInfo.ElapsedTime).toBeGreaterThan(before?.ElapsedTime ?? 0);
    expect(AppInfo.NumBytes).toBeGreaterThanOrEqual(before?.NumBytes ?? 0);
  }
  // Microseconds.
  expect(told.at(-1)?.AppInfo.ElapsedTime).toBeGreaterThan(9.5e6);
  expect(told.at(-1)?.AppInfo.ElapsedTime).toBeLessThan(13e6);
});

test('an upload: bytes are counted as they come, without the frames around them', async () => {
  await using meetpunt = await openTestMeetpunt({ clock: fastClock(10) });
  const { told, bytes, sizes, code } = await run(
    meetpunt,
    '/ndt/v7/upload',
    Buffer.alloc(50_000, 1),
  );
  expect(code).toBe(1000);
  expect(sizes).toEqual([]);
  expect(told.length).toBeGreaterThanOrEqual(20);
  const counted = told.at(-1)?.AppInfo.NumBytes ?? 0;
  expect(counted).toBeLessThanOrEqual(bytes);
  expect(counted).toBeGreaterThan(0.5 * bytes);
  // M-Lab's clients show an upload's speed from this alone: what the socket counts, frames and all.
  for (const { AppInfo, TCPInfo } of told) {
    expect(TCPInfo?.ElapsedTime).toBe(AppInfo.ElapsedTime);
    expect(TCPInfo?.BytesReceived).toBeGreaterThanOrEqual(AppInfo.NumBytes);
  }
  expect(told.at(-1)?.TCPInfo?.BytesReceived).toBeLessThan(1.01 * counted);
  expect(meetpunt.stats().guests?.receivedBytes).toBeGreaterThanOrEqual(counted);
});

test('half a message is counted before it is whole', async () => {
  await using meetpunt = await openTestMeetpunt();
  const socket = new WebSocket(`${originOf(meetpunt, 'ws')}/ndt/v7/upload`, NDT7_SUBPROTOCOL);
  const told = await new Promise<Told>((resolve, reject) => {
    socket.on('error', reject);
    // The first half of a message in fragments, and never its end.
    socket.on('open', () => socket.send(Buffer.alloc(70_000), { binary: true, fin: false }));
    socket.on('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
  });
  expect(told.AppInfo.NumBytes).toBeGreaterThanOrEqual(70_000);
  expect(told.AppInfo.NumBytes).toBeLessThan(70_050);
  socket.terminate();
});

test('a client that sends binary messages during a download is closed', async () => {
  await using meetpunt = await openTestMeetpunt();
  expect((await run(meetpunt, '/ndt/v7/download', Buffer.alloc(10))).code).toBe(1008);
});

test('a download ends by its bytes when the client asks for it', async () => {
  await using meetpunt = await openTestMeetpunt();
  const { bytes, code, sizes } = await run(meetpunt, '/ndt/v7/download?early_exit=250');
  expect(code).toBe(1000);
  // The message that reaches it is whole.
  expect(bytes).toBeGreaterThanOrEqual(250_000_000);
  expect(bytes).toBeLessThan(250_000_000 + (1 << 20));
  expect(sizes.every((size) => Math.log2(size) % 1 === 0)).toBe(true);
});

test('a download that has spent the day ends with a whole message', async () => {
  await using meetpunt = await openTestMeetpunt({ guests: { dayBytes: 1_000_000 } });
  const { bytes, code, sizes } = await run(meetpunt, '/ndt/v7/download');
  expect(code).toBe(1000);
  expect(bytes).toBeLessThanOrEqual(1_000_000);
  expect(bytes).toBeGreaterThan(900_000);
  expect(sizes.every((size) => Math.log2(size) % 1 === 0)).toBe(true);
});

test.each(['/ndt/v7/download', '/ndt/v7/upload?client_name=x'])(
  'a plain request for %s is a bad one, not an address that is not there',
  async (path) => {
    await using meetpunt = await openTestMeetpunt();
    const reply = await fetch(originOf(meetpunt) + path);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      error: { code: 'bad_request', message: expect.stringContaining('WebSocket') },
    });
  },
);

test('a request that is no WebSocket’s is refused and gives its place back', async () => {
  await using meetpunt = await openTestMeetpunt();
  const socket = connect(meetpunt.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(
    `GET /ndt/v7/download HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Protocol: ${NDT7_SUBPROTOCOL}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once('close', resolve));
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  await expect.poll(() => meetpunt.stats().guests?.places, { timeout: 5000 }).toBe(0);
});

test('one that does not read is cut off after thirteen seconds', async () => {
  await using meetpunt = await openTestMeetpunt({ clock: fastClock(20) });
  const socket = connect(meetpunt.port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => {});
  socket.write(
    `GET /ndt/v7/download HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: DOdm+5/Cm3WwvhfcAlhJoQ==\r\nSec-WebSocket-Protocol: ${NDT7_SUBPROTOCOL}\r\n\r\n`,
  );
  await expect.poll(() => meetpunt.stats().guests?.places).toBe(1);
  await expect.poll(() => meetpunt.stats().guests?.places, { timeout: 5000 }).toBe(0);
  socket.destroy();
});

test.each([
  ['/ndt/v7/download', NDT7_SUBPROTOCOL, { test: 'download', maxBytes: Infinity }],
  ['/ndt/v7/upload?a=1&server_x=2', NDT7_SUBPROTOCOL, { test: 'upload', maxBytes: Infinity }],
  ['/ndt/v7/upload', `chat, ${NDT7_SUBPROTOCOL}`, { test: 'upload', maxBytes: Infinity }],
  ['/ndt/v7/download?early_exit=250', NDT7_SUBPROTOCOL, { test: 'download', maxBytes: 250e6 }],
  ['/ndt/v7/download', undefined, expect.stringContaining(NDT7_SUBPROTOCOL)],
  ['/ndt/v7/download', 'chat', expect.stringContaining(NDT7_SUBPROTOCOL)],
  ['/ndt/v7/download?early_exit=7', NDT7_SUBPROTOCOL, expect.stringContaining('early_exit')],
  ['/ndt/v7/download?a=%zz', NDT7_SUBPROTOCOL, expect.stringContaining('URL-encoded')],
  ['/ndt/v7/ping', NDT7_SUBPROTOCOL, undefined],
])('%s with subprotocol %s', (path, subprotocols, wanted) => {
  expect(readNdt7Request(new URL(path, 'http://x'), subprotocols)).toEqual(wanted);
});

test('a query has 4096 bytes, without its question mark, and no more', () => {
  const read = (letters: number) =>
    readNdt7Request(
      new URL(`/ndt/v7/upload?a=${'b'.repeat(letters)}`, 'http://x'),
      NDT7_SUBPROTOCOL,
    );
  expect(read(4094)).toMatchObject({ test: 'upload' });
  expect(read(4095)).toContain('4096');
});

test('messages double while they are less than a sixteenth of what was sent', () => {
  expect(nextMessageBytes(8192, 16 * 8192, 1 << 20)).toBe(8192);
  expect(nextMessageBytes(8192, 16 * 8192 + 1, 1 << 20)).toBe(16_384);
  expect(nextMessageBytes(1 << 20, 1e9, 1 << 20)).toBe(1 << 20);
});
