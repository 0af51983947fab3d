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
  const run = await runNdt7(peer, origin);
  const { downMbps, upMbps, downBytes = 0, upBytes = 0, upMbpsByTcp = 0, seconds } = run;
  const after = meetpunt.stats().guests;
  expect(downMbps).toBeGreaterThan(5);
  expect(upMbps).toBeGreaterThan(5);
  // The same upload with its frames, which is what its pages show.
  expect(upMbpsByTcp / upMbps).toBeGreaterThanOrEqual(1);
  expect(upMbpsByTcp / upMbps).toBeLessThan(1.02);
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

test('a page of another origin may do what LibreSpeed’s page does', async () => {
  const context = await peer.browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(peer.pageUrl);
    const seen = await page.evaluate(libreSpeedSteps, origin);
    expect(seen).toEqual({
      // 2 MiB in full, as its progress events count them.
      loaded: 2_097_152,
      uploaded: 1_048_576,
      uploadStatus: 200,
      pings: [200, 200],
      address: { processedString: '127.0.0.1 - localhost IPv4 access', rawIspInfo: '' },
    });
  } finally {
    await context.close();
  }
});

type OnProgress = (event: { readonly loaded: number }) => void;

/** Of a browser's XMLHttpRequest, what the page uses. */
interface PageRequest {
  onprogress: OnProgress;
  readonly upload: { onprogress: OnProgress };
  onload: () => void;
  onerror: () => void;
  responseType: string;
  readonly responseText: string;
  readonly status: number;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: Blob | null): void;
}

/** Runs in the page: its requests, with the listeners and headers that make browsers ask first. */
async function libreSpeedSteps(origin: string) {
  const { XMLHttpRequest: Request } = globalThis as unknown as {
    XMLHttpRequest: new () => PageRequest;
  };
  const send = (method: string, path: string, body?: Blob) =>
    new Promise<{ request: PageRequest; loaded: number; uploaded: number }>((resolve, reject) => {
      const request = new Request();
      const counts = { loaded: 0, uploaded: 0 };
      request.onprogress = ({ loaded }) => {
        counts.loaded = loaded;
      };
      if (body !== undefined) {
        request.upload.onprogress = ({ loaded }) => {
          counts.uploaded = loaded;
        };
      }
      request.onload = () => resolve({ request, ...counts });
      request.onerror = () => reject(new Error(`${method} ${path} failed`));
      request.open(method, `${origin}/backend/${path}`);
      if (method === 'GET' && path.startsWith('garbage')) request.responseType = 'arraybuffer';
      if (body !== undefined) request.setRequestHeader('Content-Encoding', 'identity');
      request.send(body ?? null);
    });
  const ip = await send('GET', 'getIP.php?cors=true&isp=true&distance=km&r=0.1');
  const download = await send('GET', 'garbage.php?cors=true&r=0.2&ckSize=2');
  const pings = [
    await send('GET', 'empty.php?cors=true&r=0.3'),
    await send('GET', 'empty.php?cors=true&r=0.4'),
  ];
  const load = new Blob([new Uint8Array(1_048_576)]);
  const upload = await send('POST', 'empty.php?cors=true&r=0.5', load);
  return {
    loaded: download.loaded,
    uploaded: upload.uploaded,
    uploadStatus: upload.request.status,
    pings: pings.map(({ request }) => request.status),
    address: JSON.parse(ip.request.responseText),
  };
}
