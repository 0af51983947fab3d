// The two addresses of Cloudflare's speed test over loopback: sizes, timings, other origins.
import { expect, test } from 'vitest';
import { openTestMeetpunt, originOf } from '#test/support/meetpunt.ts';

test('a download is as long as was asked and may be timed by other origins', async () => {
  await using meetpunt = await openTestMeetpunt();
  const reply = await fetch(`${originOf(meetpunt)}/__down?measId=7&bytes=1234567&during=upload`);
  expect(reply.status).toBe(200);
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    'content-length': '1234567',
    'access-control-allow-origin': '*',
    'timing-allow-origin': '*',
    'cache-control': 'no-store, no-transform',
    'cf-meta-ip': '127.0.0.1',
  });
  // In milliseconds, as the client's log wants it.
  expect(Math.abs(Number(reply.headers.get('cf-meta-request-time')) - Date.now())).toBeLessThan(
    60_000,
  );
  expect(reply.headers.get('access-control-expose-headers')).toContain('server-timing');
  // In the form that the client looks for.
  expect(reply.headers.get('server-timing')).toMatch(/^cfRequestDuration;dur=\d+\.\d+$/);
  expect((await reply.arrayBuffer()).byteLength).toBe(1_234_567);
});

test.each(['bytes=0', ''])('a request with "%s" is for its round trip', async (query) => {
  await using meetpunt = await openTestMeetpunt({ maxTests: 1 });
  const reply = await fetch(`${originOf(meetpunt)}/__down?${query}`);
  expect(reply.status).toBe(200);
  expect((await reply.arrayBuffer()).byteLength).toBe(0);
  expect(meetpunt.stats().guests?.visits).toBe(0);
});

test('an upload is counted and answered when all of it has come', async () => {
  await using meetpunt = await openTestMeetpunt();
  const reply = await fetch(`${originOf(meetpunt)}/__up?bytes=2000000`, {
    method: 'POST',
    body: '0'.repeat(2_000_000),
  });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('timing-allow-origin')).toBe('*');
  expect(reply.headers.get('server-timing')).toMatch(/^cfRequestDuration;dur=\d/);
  expect(meetpunt.stats().guests).toMatchObject({ receivedBytes: 2_000_000, sentBytes: 0 });
});

test('a preflight is granted', async () => {
  await using meetpunt = await openTestMeetpunt();
  const reply = await fetch(`${originOf(meetpunt)}/__up`, { method: 'OPTIONS' });
  expect(reply.status).toBe(204);
  expect(reply.headers.get('access-control-allow-methods')).toContain('POST');
});

test.each(['-1', '1.5', 'lots', '1e6', '1000000001'])('bytes=%s is refused', async (bytes) => {
  await using meetpunt = await openTestMeetpunt();
  const reply = await fetch(`${originOf(meetpunt)}/__down?bytes=${bytes}`);
  expect(reply.status).toBe(400);
  expect(reply.headers.get('access-control-allow-origin')).toBe('*');
  expect(await reply.text()).toContain('whole number');
});
