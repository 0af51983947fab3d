// Guests and agents on one measure server: who gets the place, who is told what, what it costs.
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import type { Meetpunt } from '#collector/meetpunt/meetpunt.ts';
import { NDT7_SUBPROTOCOL } from '#shared/wire/ndt7.ts';
import { SPEED_PREFIX } from '#shared/wire/speed.ts';
import { fastClock } from '#test/support/fast-clock.ts';
import { openTestMeetpunt, originOf } from '#test/support/meetpunt.ts';

const GUEST_PATHS = ['/garbage.php?ckSize=1', '/__down?bytes=1000', '/backend/garbage'];

interface Refusal {
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** How an ndt7 upgrade was refused; rejects when it was not. */
function refusedUpgrade(meetpunt: Meetpunt, path = '/ndt/v7/download'): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(originOf(meetpunt, 'ws') + path, NDT7_SUBPROTOCOL);
    socket.on('open', () => reject(new Error('it was admitted')));
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'], body }),
      );
    });
  });
}

function openAgentTest(meetpunt: Meetpunt): Promise<Response> {
  return fetch(`${originOf(meetpunt)}${SPEED_PREFIX}/tests`, { method: 'POST' });
}

test('a closed server has nothing for guests', async () => {
  await using meetpunt = await openTestMeetpunt({ guests: 'none' });
  for (const path of [...GUEST_PATHS, '/empty.php', '/getIP.php']) {
    expect((await fetch(originOf(meetpunt) + path)).status).toBe(404);
  }
  expect((await refusedUpgrade(meetpunt)).status).toBe(404);
});

test('while an agent has the last place, a guest is told to come back', async () => {
  await using meetpunt = await openTestMeetpunt({ maxTests: 1 });
  expect((await openAgentTest(meetpunt)).status).toBe(201);
  for (const path of GUEST_PATHS) {
    const reply = await fetch(
      `${originOf(meetpunt)}${path}${path.includes('?') ? '&' : '?'}cors=1`,
    );
    expect(reply.status).toBe(503);
    expect(reply.headers.get('retry-after')).toBe('15');
    expect(reply.headers.get('access-control-allow-origin')).toBe('*');
    expect(await reply.json()).toEqual({
      error: { code: 'server_full', message: expect.stringContaining('places') },
    });
  }
  expect(await refusedUpgrade(meetpunt)).toEqual({
    status: 503,
    retryAfter: '15',
    body: expect.stringContaining('server_full'),
  });
  // Round trips and addresses cost nothing and are answered still.
  expect((await fetch(`${originOf(meetpunt)}/empty.php`)).status).toBe(200);
  expect((await fetch(`${originOf(meetpunt)}/__down?bytes=0`)).status).toBe(200);
  expect(meetpunt.stats().guests).toMatchObject({ visits: 0, refused: 4, sentBytes: 0 });
});

test('a guest goes at once when an agent needs the place', async () => {
  await using meetpunt = await openTestMeetpunt({ maxTests: 1 });
  const socket = new WebSocket(`${originOf(meetpunt, 'ws')}/ndt/v7/download`, NDT7_SUBPROTOCOL);
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('message', resolve));
  expect(meetpunt.stats().guests?.places).toBe(1);
  expect((await openAgentTest(meetpunt)).status).toBe(201);
  expect(meetpunt.stats().guests?.places).toBe(0);
  await closed;
  const { sentBytes } = meetpunt.stats().guests ?? {};
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(meetpunt.stats().guests?.sentBytes).toBe(sentBytes);
  expect((await refusedUpgrade(meetpunt)).status).toBe(503);
});

test('where there is room for both, a guest stays, and the agent is told the server is full', async () => {
  await using meetpunt = await openTestMeetpunt({ maxTests: 2 });
  const socket = new WebSocket(`${originOf(meetpunt, 'ws')}/ndt/v7/download`, NDT7_SUBPROTOCOL);
  await new Promise((resolve) => socket.once('message', resolve));
  const made = await openAgentTest(meetpunt);
  const { testId } = (await made.json()) as { testId: string };
  expect(meetpunt.stats().guests?.places).toBe(1);
  const ended = await fetch(`${originOf(meetpunt)}${SPEED_PREFIX}/tests/${testId}`, {
    method: 'DELETE',
  });
  expect(await ended.json()).toMatchObject({ serverLimited: true });
  socket.terminate();
});

test("a network's day is spent to the byte, in either direction, and then refused", async () => {
  await using meetpunt = await openTestMeetpunt({ guests: { dayBytes: 1_500_000 } });
  const first = await fetch(`${originOf(meetpunt)}/garbage.php?ckSize=1`);
  expect((await first.arrayBuffer()).byteLength).toBe(1_048_576);
  const second = fetch(`${originOf(meetpunt)}/garbage.php?ckSize=1`);
  await expect(second.then((reply) => reply.arrayBuffer())).rejects.toThrow();
  expect(meetpunt.stats().guests?.sentBytes).toBe(1_500_000);
  const third = await fetch(`${originOf(meetpunt)}/__down?bytes=1`);
  expect(third.status).toBe(429);
  expect(await third.json()).toMatchObject({ error: { code: 'too_many_requests' } });
  const refused = await refusedUpgrade(meetpunt);
  expect(refused).toMatchObject({ status: 429, retryAfter: '3600' });
});

test('an upload beyond the day is broken off', async () => {
  await using meetpunt = await openTestMeetpunt({ guests: { dayBytes: 1_000_000 } });
  const upload = fetch(`${originOf(meetpunt)}/empty.php`, {
    method: 'POST',
    body: Buffer.alloc(20_000_000),
  });
  await expect(upload).rejects.toThrow();
  expect(meetpunt.stats().guests?.receivedBytes).toBeLessThan(3_000_000);
});

test('a request that takes too long is ended and its place comes free', async () => {
  await using meetpunt = await openTestMeetpunt({ clock: fastClock(20) });
  const socket = connect(meetpunt.port, '127.0.0.1');
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  // Reads the first of a gigabyte and then nothing more.
  socket.once('data', () => socket.pause());
  socket.write('GET /garbage.php?ckSize=1024 HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(() => meetpunt.stats().guests?.places).toBe(1);
  await expect.poll(() => meetpunt.stats().guests?.places, { timeout: 5000 }).toBe(0);
  socket.resume();
  await closed;
  // Back-pressure: what nobody reads is not written.
  expect(meetpunt.stats().guests?.sentBytes).toBeLessThan(30_000_000);
});

test('one network has no more than sixteen requests at the same time', async () => {
  await using meetpunt = await openTestMeetpunt();
  const replies = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`${originOf(meetpunt)}/garbage.php?ckSize=200`)),
  );
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(16);
  expect(replies.filter(({ status }) => status === 429)).toHaveLength(4);
  // All of them are one test: one place.
  expect(meetpunt.stats().guests?.places).toBe(1);
  for (const reply of replies) await reply.body?.cancel();
});

test.each(['/garbage.php', '/getIP', '/__down?bytes=0'])(
  'a body that nobody would count is not taken at %s',
  async (path) => {
    await using meetpunt = await openTestMeetpunt();
    const reply = await fetch(originOf(meetpunt) + path, { method: 'POST', body: 'x' });
    expect(reply.status).toBe(413);
    expect(await reply.json()).toMatchObject({ error: { code: 'message_too_big' } });
  },
);

test('an upgrade to what nobody knows is refused, also with guests', async () => {
  await using meetpunt = await openTestMeetpunt();
  expect(await refusedUpgrade(meetpunt, '/chat')).toMatchObject({ status: 404 });
  expect(await refusedUpgrade(meetpunt, '/ndt/v7/download?early_exit=1')).toMatchObject({
    status: 400,
    body: expect.stringContaining('early_exit'),
  });
});
