// Speed test clients that we did not write, in headless Chromium, against a measure server of ours:
// @m-lab/ndt7 and @cloudflare/speedtest as npm has them. The page comes from a file and the scripts
// over the browser's control pipe, so that nothing but the test itself needs a network: Chromium may
// run inside a network namespace, by a command prefix.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, chromiumPath } from './chromium.ts';
import { ROOT } from './process.ts';

export interface PeerResult {
  readonly downMbps: number;
  readonly upMbps: number;
  /** Payload that the client says it moved. */
  readonly downBytes?: number;
  readonly upBytes?: number;
  /** What the pages of ndt7's own client show of an upload: by the server's TCP. */
  readonly upMbpsByTcp?: number;
  readonly seconds: number;
}

export interface PeerBrowser extends AsyncDisposable {
  readonly browser: Browser;
  /** An empty page with an origin and a secure-enough context for workers and timings. */
  readonly pageUrl: string;
}

/** Long enough for Cloudflare's whole list on a line of 10 Mbit/s. */
const RUN_LIMIT_MS = 240_000;

/** Pages from a file may reach private addresses without a prompt. */
const PEER_FLAGS = [
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights',
];

/** `prefix`: e.g. `['ip', 'netns', 'exec', 'school']`; empty for this namespace. */
export async function openPeerBrowser(prefix: readonly string[] = []): Promise<PeerBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'meetnet-peer-'));
  const page = join(folder, 'peer.html');
  await writeFile(page, '<!doctype html><title>peer</title>');
  const wrapper = join(folder, 'chromium');
  const words = [...prefix, chromiumPath()].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  await writeFile(wrapper, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  await chmod(wrapper, 0o755);
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const browser = await chromium.launch({
      executablePath: wrapper,
      headless: true,
      args: [...CHROMIUM_FLAGS, ...PEER_FLAGS],
    });
    return {
      browser,
      pageUrl: pathToFileURL(page).href,
      [Symbol.asyncDispose]: async () => {
        await browser.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** One ndt7 download and upload. Up is what the server counted, where its messages said so. */
export async function runNdt7(peer: PeerBrowser, serverOrigin: string): Promise<PeerResult> {
  const [library, download, upload] = await Promise.all(
    ['ndt7', 'ndt7-download-worker', 'ndt7-upload-worker'].map((name) =>
      packageFile(`@m-lab/ndt7/src/${name}.js`),
    ),
  );
  return withPage(peer, async (page) => {
    await page.addScriptTag({ content: library ?? '' });
    return page.evaluate(ndt7InPage, { origin: serverOrigin, download, upload });
  });
}

/** Cloudflare's default list of downloads, uploads and latencies, without its TURN packet loss. */
export async function runCloudflare(peer: PeerBrowser, serverOrigin: string): Promise<PeerResult> {
  const library = await packageFile('@cloudflare/speedtest/dist/speedtest.js');
  // As text: a test runner would rewrite `import` in a function.
  const load = `import(URL.createObjectURL(new Blob([${JSON.stringify(library)}], { type: 'text/javascript' })))
    .then((module) => { globalThis.CloudflareSpeedTest = module.default; })`;
  return withPage(peer, async (page) => {
    await page.evaluate(load);
    return page.evaluate(cloudflareInPage, serverOrigin);
  });
}

interface Ndt7Counts {
  readonly MeanClientMbps: number;
  readonly NumBytes: number;
}

interface Ndt7Ends {
  readonly LastClientMeasurement?: Ndt7Counts;
  readonly LastServerMeasurement?: {
    readonly AppInfo?: { readonly ElapsedTime: number; readonly NumBytes: number };
    readonly TCPInfo?: { readonly ElapsedTime: number; readonly BytesReceived: number };
  };
}

interface Ndt7Library {
  test(config: object, callbacks: object): Promise<number>;
}

/** Runs in the page. */
export async function ndt7InPage(given: {
  origin: string;
  download: string | undefined;
  upload: string | undefined;
}): Promise<PeerResult> {
  const { ndt7 } = globalThis as unknown as { ndt7: Ndt7Library };
  const server = new URL(given.origin);
  const worker = (code: string | undefined) =>
    URL.createObjectURL(new Blob([code ?? ''], { type: 'text/javascript' }));
  const ends: { download?: Ndt7Ends; upload?: Ndt7Ends } = {};
  const start = performance.now();
  const code = await ndt7.test(
    {
      server: server.host,
      protocol: server.protocol === 'https:' ? 'wss' : 'ws',
      mlabDataPolicyInapplicable: true,
      downloadworkerfile: worker(given.download),
      uploadworkerfile: worker(given.upload),
      metadata: { client_name: 'meetnet-lab' },
    },
    {
      downloadComplete: (end: Ndt7Ends) => Object.assign(ends, { download: end }),
      uploadComplete: (end: Ndt7Ends) => Object.assign(ends, { upload: end }),
    },
  );
  if (code !== 0) throw new Error(`ndt7 ended with code ${code}`);
  const down = ends.download?.LastClientMeasurement;
  const sent = ends.upload?.LastClientMeasurement;
  const { AppInfo: counted, TCPInfo: tcp } = ends.upload?.LastServerMeasurement ?? {};
  if (down === undefined || sent === undefined) throw new Error('ndt7 ended without figures');
  return {
    downMbps: down.MeanClientMbps,
    upMbps:
      counted === undefined
        ? sent.MeanClientMbps
        : (8 * counted.NumBytes) / Math.max(1, counted.ElapsedTime),
    downBytes: down.NumBytes,
    upBytes: counted?.NumBytes ?? sent.NumBytes,
    ...(tcp === undefined ? {} : { upMbpsByTcp: (8 * tcp.BytesReceived) / tcp.ElapsedTime }),
    seconds: (performance.now() - start) / 1000,
  };
}

interface CloudflarePoint {
  readonly bytes: number;
}

interface CloudflareResults {
  getDownloadBandwidth(): number | undefined;
  getUploadBandwidth(): number | undefined;
  getDownloadBandwidthPoints(): CloudflarePoint[];
  getUploadBandwidthPoints(): CloudflarePoint[];
}

interface CloudflareEngine {
  onFinish: (results: CloudflareResults) => void;
  onError: (error: string) => void;
  play(): void;
}

/** Runs in the page. */
async function cloudflareInPage(origin: string): Promise<PeerResult> {
  const { CloudflareSpeedTest: SpeedTest } = globalThis as unknown as {
    CloudflareSpeedTest: new (config: object) => CloudflareEngine;
  };
  const latency = { type: 'latency', numPackets: 2 };
  const down = (bytes: number, count: number) => ({ type: 'download', bytes, count });
  const up = (bytes: number, count: number) => ({ type: 'upload', bytes, count });
  const start = performance.now();
  const results = await new Promise<CloudflareResults>((resolve, reject) => {
    const engine = new SpeedTest({
      autoStart: false,
      downloadApiUrl: `${origin}/__down`,
      uploadApiUrl: `${origin}/__up`,
      logAimApiUrl: null,
      // The library's own list, without the packet loss for which it wants a TURN server.
      measurements: [
        latency,
        { ...down(1e5, 1), bypassMinDuration: true },
        { ...latency, numPackets: 20 },
        ...[down(1e5, 9), latency, down(1e6, 8), latency, up(1e5, 8), latency, up(1e6, 6), latency],
        ...[down(1e7, 6), latency, up(1e7, 4), latency, down(2.5e7, 4), latency, up(2.5e7, 4)],
        ...[latency, down(1e8, 3), latency, up(5e7, 3), latency, down(2.5e8, 2)],
      ],
    });
    engine.onFinish = resolve;
    engine.onError = (error) => reject(new Error(`Cloudflare's client: ${error}`));
    engine.play();
  });
  const sum = (points: CloudflarePoint[]) => points.reduce((all, { bytes }) => all + bytes, 0);
  return {
    downMbps: (results.getDownloadBandwidth() ?? 0) / 1e6,
    upMbps: (results.getUploadBandwidth() ?? 0) / 1e6,
    downBytes: sum(results.getDownloadBandwidthPoints()),
    upBytes: sum(results.getUploadBandwidthPoints()),
    seconds: (performance.now() - start) / 1000,
  };
}

async function withPage<T>(peer: PeerBrowser, work: (page: Page) => Promise<T>): Promise<T> {
  const context = await peer.browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(RUN_LIMIT_MS);
    await page.goto(peer.pageUrl);
    const late = new Promise<never>((_resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the peer's client took more than ${RUN_LIMIT_MS / 1000} s`)),
        RUN_LIMIT_MS,
      );
      context.once('close', () => clearTimeout(timer));
    });
    late.catch(() => {});
    return await Promise.race([work(page), late]);
  } finally {
    await context.close();
  }
}

function packageFile(path: string): Promise<string> {
  return readFile(join(ROOT, 'node_modules', path), 'utf8');
}
