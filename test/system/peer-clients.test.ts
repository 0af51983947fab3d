// Clients that we did not write, in Chromium, against our measure server: they come to their end and
// their figures agree with what the server counted.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAdmission } from '#collector/meetpunt/admission.ts';
import { type Meetpunt, openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import {
  openPeerBrowser,
  type PeerBrowser,
  runCloudflare,
  runNdt7,
} from '#test/support/peer-clients.ts';
import { silentLog } from '#test/support/silent-log.ts';

let peer: PeerBrowser;
let meetpunt: Meetpunt;
let origin: string;

beforeAll(async () => {
  peer = await openPeerBrowser();
  meetpunt = await openMeetpunt({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog },
    admission: openAdmission(),
    guests: { dayBytes: Number.POSITIVE_INFINITY },
  });
  origin = `http://127.0.0.1:${meetpunt.port}`;
});

afterAll(async () => {
  await meetpunt?.[Symbol.asyncDispose]();
  await peer?.[Symbol.asyncDispose]();
});

test("M-Lab's ndt7 client runs both directions and reads our measurements", async () => {
  const before = meetpunt.stats().guests;
  const { downMbps, upMbps, downBytes = 0, upBytes = 0, seconds } = await runNdt7(peer, origin);
  const after = meetpunt.stats().guests;
  expect(downMbps).toBeGreaterThan(5);
  expect(upMbps).toBeGreaterThan(5);
  expect(seconds).toBeGreaterThan(18);
  expect(seconds).toBeLessThan(28);
  const sent = (after?.sentBytes ?? 0) - (before?.sentBytes ?? 0);
  const received = (after?.receivedBytes ?? 0) - (before?.receivedBytes ?? 0);
  // The client stops reading at the server's close; text messages and frames are little.
  expect(downBytes / sent).toBeGreaterThan(0.9);
  expect(downBytes / sent).toBeLessThan(1.01);
  expect(upBytes / received).toBeGreaterThan(0.9);
  expect(upBytes / received).toBeLessThan(1.01);
});

test("Cloudflare's client goes through its whole list", async () => {
  const before = meetpunt.stats().guests?.sentBytes ?? 0;
  const { downMbps, upMbps, downBytes = 0 } = await runCloudflare(peer, origin);
  expect(downMbps).toBeGreaterThan(5);
  expect(upMbps).toBeGreaterThan(5);
  // Only requests of 10 ms and more are points; the short ones are bytes as well.
  const sent = (meetpunt.stats().guests?.sentBytes ?? 0) - before;
  expect(sent).toBeGreaterThanOrEqual(downBytes);
  expect(downBytes).toBeGreaterThan(0.7 * sent);
});
