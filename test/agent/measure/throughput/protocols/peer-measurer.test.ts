// The agent against servers of other protocols, over a slow line: ours, and ones that are not.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { noEnvironment } from '#agent/measure/throughput/no-environment.ts';
import {
  PeerMeasurer,
  type PeerProtocol,
  peerOrigin,
} from '#agent/measure/throughput/protocols/peer-measurer.ts';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { payloadShare } from '#shared/wire/speed.ts';
import { uuidAt } from '#test/support/measurements.ts';
import { openTestMeetpunt } from '#test/support/meetpunt.ts';
import { type PhpOptions, startPhpLibrespeed } from '#test/support/php-librespeed.ts';
import { startSlowProxy } from '#test/support/slow-proxy.ts';

/** Two directions of 10 s, where a busy machine keeps the rule from deciding sooner. */
vi.setConfig({ testTimeout: 60_000 });

const LINE = { downMbps: 60, upMbps: 30 };
const SHARE = payloadShare(1500, 4);
const MET = { download: 20, upload: 8 };
const NOT_MET = { download: 200, upload: 100 };

function measure(
  protocol: PeerProtocol,
  server: string,
  norm: { download: number; upload: number } = MET,
  signal = new AbortController().signal,
): Promise<Measurement> {
  const measurer = new PeerMeasurer(protocol, {
    ...{ clock: systemClock, newId: () => uuidAt(Date.now()) },
    ...{ agentVersion: '0.1.0', nodeVersion: process.version, environment: noEnvironment },
  });
  const plan = { ...DEFAULT_PLAN, norm: { ...NORM_500_40, ...norm } };
  return measurer.measure({ deviceId: randomUUID(), server, plan, mode: 'check' }, signal);
}

/**
 * Not above what the line carries: a sender's own count would be. On a busy machine this line may
 * carry less than it is told to; how near the figures are is the lab's subject.
 */
function expectNear(mbps: number | undefined, rate: number): void {
  expect(mbps).toBeGreaterThan(0.5 * rate);
  expect(mbps).toBeLessThan(1.12 * rate);
}

describe.concurrent.each([
  ['ndt7', 'ndt7/0.11', 1],
  ['librespeed', 'librespeed/5', 6],
] as const)('%s against our own measure server', (protocol, name, streams) => {
  test('passes what the line passes, as "at least"', async () => {
    await using meetpunt = await openTestMeetpunt();
    await using line = await startSlowProxy(meetpunt.port, LINE);
    const measured = await measure(protocol, `http://127.0.0.1:${line.port}`);
    expect(measurementSchema.safeParse(measured).error).toBeUndefined();
    expect(measured.failure).toBeUndefined();
    expect(measured.protocol).toBe(name);
    expect(measured.conditions).toMatchObject({
      server: `http://127.0.0.1:${line.port}`,
      ipVersion: 4,
    });
    for (const direction of [measured.download, measured.upload]) {
      expect(direction).toMatchObject({ outcome: 'pass', atLeast: true });
      expect(direction?.streams).toBeGreaterThanOrEqual(streams);
    }
    expectNear(measured.download?.goodput, LINE.downMbps);
    expectNear(measured.upload?.goodput, LINE.upMbps);
    expectNear(measured.download?.ipCapacity, LINE.downMbps / SHARE);
    // Nothing is left on the server when the test has ended.
    await expect.poll(() => meetpunt.stats().guests?.places, { timeout: 5000 }).toBe(0);
  });

  test('never says that a line falls short', async () => {
    await using meetpunt = await openTestMeetpunt();
    await using line = await startSlowProxy(meetpunt.port, LINE);
    const measured = await measure(protocol, `http://127.0.0.1:${line.port}`, NOT_MET);
    for (const direction of [measured.download, measured.upload]) {
      expect(direction).toMatchObject({ outcome: 'inconclusive', atLeast: true });
      expect(direction?.provisional).toBeUndefined();
    }
    expectNear(measured.download?.goodput, LINE.downMbps);
    expectNear(measured.upload?.goodput, LINE.upMbps);
  });

  test('is told when the server has no place', async () => {
    await using meetpunt = await openTestMeetpunt({ maxTests: 0 });
    const { failure } = await measure(protocol, `http://127.0.0.1:${meetpunt.port}`);
    expect(failure).toMatchObject({ code: 'not_admitted', operation: 'download' });
  });

  test('stops when it is stopped, and leaves nothing behind', async () => {
    await using meetpunt = await openTestMeetpunt();
    await using line = await startSlowProxy(meetpunt.port, LINE);
    const stop = new AbortController();
    const measuring = measure(protocol, `http://127.0.0.1:${line.port}`, MET, stop.signal);
    await expect.poll(() => meetpunt.stats().guests?.places).toBe(1);
    stop.abort();
    expect((await measuring).failure).toMatchObject({ code: 'stopped' });
    await expect.poll(() => meetpunt.stats().guests?.places, { timeout: 5000 }).toBe(0);
  });

  test('an end of the server in the middle is a failure of that direction', async () => {
    const meetpunt = await openTestMeetpunt();
    await using line = await startSlowProxy(meetpunt.port, LINE);
    const measuring = measure(protocol, `http://127.0.0.1:${line.port}`, NOT_MET);
    await expect.poll(() => line.down).toBeGreaterThan(3_000_000);
    await meetpunt[Symbol.asyncDispose]();
    const { failure, download } = await measuring;
    expect(failure?.operation).toBe('download');
    expect(['connection_reset', 'connection_closed', 'unknown_failure']).toContain(failure?.code);
    expect(download).toBeUndefined();
  });

  test('nobody there is a refused connection', async () => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => other.close(resolve));
    const { failure } = await measure(protocol, `http://127.0.0.1:${port}`);
    expect(failure?.code).toBe('connect_refused');
  });

  test('something else there is not a server of that kind', async () => {
    const other = createServer((_request, response) => response.end('<h1>welcome</h1>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { failure } = await measure(protocol, `http://127.0.0.1:${port}`);
    expect(failure?.code).toBe('protocol_error');
    other.closeAllConnections();
    other.close();
  });
});

describe.concurrent('LibreSpeed as its PHP has it', () => {
  const layouts: readonly (readonly [PhpOptions, string])[] = [
    [{ folder: '/', extension: '.php' }, '/'],
    [{ folder: '/backend/', extension: '.php', elsewhere: 'a_page' }, '/'],
    [{ folder: '/speed/', extension: '.php' }, '/speed'],
    [{ folder: '/backend/', extension: '' }, '/'],
  ];
  test.each(layouts)('is found in the layout %j below %s', async (layout, base) => {
    await using php = await startPhpLibrespeed(layout);
    await using line = await startSlowProxy(php.port, LINE);
    const measured = await measure('librespeed', `http://127.0.0.1:${line.port}${base}`);
    expect(measured.failure).toBeUndefined();
    expect(measured.download).toMatchObject({ outcome: 'pass' });
    expect(measured.upload).toMatchObject({ outcome: 'pass' });
    expectNear(measured.download?.goodput, LINE.downMbps);
    expectNear(measured.upload?.goodput, LINE.upMbps);
    expect([...php.userAgents]).toEqual(['meetnet-agent/0.1.0']);
    expect(measured.conditions.idleLatency).toMatchObject({ count: 10, lost: 0 });
    // Of what was sent, only what was received is in the rate; the rest is in the cost.
    expect(measured.upload?.bytes).toBeGreaterThanOrEqual(php.uploaded);
  });

  test("is measured by an entry of a page's servers.json", async () => {
    await using php = await startPhpLibrespeed({ folder: '/a/b/' });
    const entry = {
      name: 'Somewhere',
      server: `http://127.0.0.1:${php.port}/a`,
      ...{ dlURL: 'b/garbage.php', ulURL: 'b/empty.php', pingURL: 'b/empty.php' },
      getIpURL: 'b/getIP.php',
    };
    await using line = await startSlowProxy(php.port, LINE);
    const text = JSON.stringify([{ ...entry, server: `http://127.0.0.1:${line.port}/a` }]);
    const measured = await measure('librespeed', text);
    expect(measured.failure).toBeUndefined();
    expect(measured.download?.outcome).toBe('pass');
    expect(php.paths).toEqual(['/a/b/empty.php', '/a/b/garbage.php']);
  });

  test.each(['exact_headers', 'hangs_up', 'load_moved'] as const)(
    'or a server with the quirk %s, is measured in both directions',
    async (quirk) => {
      await using php = await startPhpLibrespeed({ quirk });
      await using line = await startSlowProxy(php.port, LINE);
      const measured = await measure('librespeed', `http://127.0.0.1:${line.port}`);
      expect(measured.failure).toBeUndefined();
      expect(measured.download).toMatchObject({ outcome: 'pass' });
      expect(measured.upload).toMatchObject({ outcome: 'pass' });
      expectNear(measured.upload?.goodput, LINE.upMbps);
    },
  );

  test('that answers uploads before it has them measures no upload', async () => {
    await using php = await startPhpLibrespeed({ quirk: 'early_answer' });
    await using line = await startSlowProxy(php.port, LINE);
    const measured = await measure('librespeed', `http://127.0.0.1:${line.port}`);
    expect(measured.download).toMatchObject({ outcome: 'pass' });
    expect(measured.upload).toBeUndefined();
    expect(measured.failure).toMatchObject({ code: 'protocol_error', operation: 'upload' });
  });

  test('with a page where its download should be is no server of the kind', async () => {
    await using php = await startPhpLibrespeed({ quirk: 'garbage_is_a_page' });
    const measured = await measure('librespeed', `http://127.0.0.1:${php.port}`);
    expect(measured.download).toBeUndefined();
    expect(measured.failure).toMatchObject({ code: 'protocol_error', operation: 'download' });
    expect(measured.failure?.message).toContain('7500 bytes');
  });

  test('is found where its address redirects to, and that is said', async () => {
    await using php = await startPhpLibrespeed({ folder: '/new/backend/' });
    await using line = await startSlowProxy(php.port, LINE);
    const there = `http://127.0.0.1:${line.port}`;
    const old = createServer(({ url = '' }, response) => {
      response.writeHead(301, { location: `${there}/new${url}` }).end('<a>moved</a>');
    });
    await new Promise<void>((resolve) => old.listen(0, '127.0.0.1', resolve));
    const address = old.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const measured = await measure('librespeed', `http://127.0.0.1:${port}`);
    expect(measured.failure).toBeUndefined();
    expect(measured.download).toMatchObject({ outcome: 'pass' });
    expect(measured.upload).toMatchObject({ outcome: 'pass' });
    expect(measured.conditions.server).toBe(there);
    old.closeAllConnections();
    old.close();
  });

  test('of either scheme is measured over the one that it speaks', async () => {
    await using php = await startPhpLibrespeed();
    await using line = await startSlowProxy(php.port, LINE);
    const entry = { dlURL: 'garbage.php', ulURL: '/empty.php', pingURL: 'empty.php' };
    const text = JSON.stringify({ ...entry, server: `//127.0.0.1:${line.port}` });
    const measured = await measure('librespeed', text);
    expect(measured.failure).toBeUndefined();
    expect(measured.upload).toMatchObject({ outcome: 'pass' });
    expect(measured.conditions.server).toBe(`http://127.0.0.1:${line.port}`);
  });

  test('that answers with an error is a failure with its status', async () => {
    await using php = await startPhpLibrespeed({ status: 500 });
    const { failure } = await measure('librespeed', `http://127.0.0.1:${php.port}`);
    expect(failure).toMatchObject({ code: 'protocol_error', operation: 'download' });
    expect(failure?.message).toContain('500');
  });
});

describe.concurrent('ndt7 servers that are not ours', () => {
  /** Speaks as the reference server does in an upload: its TCP's counts, no application's. */
  async function startReference(
    say: (received: number, elapsedMs: number) => object | undefined,
    then: {
      closes?: () => [number?];
      closesAfterMs?: number;
      loadsUploads?: true;
      subprotocol?: false;
    } = {},
  ) {
    const server = new WebSocketServer({
      ...{ host: '127.0.0.1', port: 0, perMessageDeflate: false },
      handleProtocols: () => then.subprotocol ?? 'net.measurementlab.ndt.v7',
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const urls: string[] = [];
    server.on('connection', (socket, request) => {
      urls.push(request.url ?? '');
      const start = performance.now();
      let received = 0;
      socket.on('message', (data: Buffer) => {
        received += data.length;
      });
      const isDownload = request.url?.startsWith('/ndt/v7/download') || then.loadsUploads;
      socket.ping('are you there');
      if (then.closes !== undefined)
        setTimeout(() => socket.close(...(then.closes?.() ?? [])), then.closesAfterMs ?? 2500);
      const load = Buffer.alloc(1 << 16, 7);
      const pump = () => {
        if (isDownload && socket.readyState === socket.OPEN) socket.send(load, pump);
      };
      pump();
      const timer = setInterval(() => {
        const told = say(received, performance.now() - start);
        if (told !== undefined) socket.send(JSON.stringify(told));
      }, 250);
      socket.on('close', () => clearInterval(timer));
    });
    const address = server.address();
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      urls,
      [Symbol.asyncDispose]: async () => {
        for (const client of server.clients) client.terminate();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  test("a TCP's counts are the receiver's too; the query of the address goes along", async () => {
    await using reference = await startReference((received, elapsedMs) => ({
      TCPInfo: { BytesReceived: received, ElapsedTime: 1000 * elapsedMs, RTT: 1200 },
      BBRInfo: { BW: 1 },
    }));
    await using line = await startSlowProxy(reference.port, LINE);
    const measured = await measure('ndt7', `ws://127.0.0.1:${line.port}?access_token=abc`);
    expect(measured.failure).toBeUndefined();
    expectNear(measured.upload?.goodput, LINE.upMbps);
    expect(measured.upload?.outcome).toBe('pass');
    expect(reference.urls[0]).toBe(
      '/ndt/v7/download?access_token=abc&client_name=meetnet-agent&client_version=0.1.0',
    );
    expect(measured.conditions.server).not.toContain('abc');
  });

  const counts = (received: number, elapsedMs: number) => ({
    TCPInfo: { BytesReceived: received, ElapsedTime: 1000 * elapsedMs },
  });

  test.each([[1000], [1001], []])(
    'a server may end a test early, with the code %s',
    async (...code) => {
      await using reference = await startReference(counts, { closes: () => code as [number?] });
      await using line = await startSlowProxy(reference.port, LINE);
      const measured = await measure('ndt7', `ws://127.0.0.1:${line.port}`, NOT_MET);
      expect(measured.failure).toBeUndefined();
      expectNear(measured.download?.goodput, LINE.downMbps);
      expectNear(measured.upload?.goodput, LINE.upMbps);
    },
  );

  test('a server that says why it breaks off is a failure', async () => {
    // Early: its word waits behind the load in the buffers, and is to come before the test ends itself.
    const reason = { closes: () => [1011] as [number], closesAfterMs: 300 };
    await using reference = await startReference(counts, reason);
    await using line = await startSlowProxy(reference.port, LINE);
    const { failure } = await measure('ndt7', `ws://127.0.0.1:${line.port}`, NOT_MET);
    expect(failure).toMatchObject({ code: 'connection_closed', operation: 'download' });
  });

  test('a server that sends load during an upload is left', async () => {
    await using reference = await startReference(counts, { loadsUploads: true });
    await using line = await startSlowProxy(reference.port, LINE);
    const { failure, upload } = await measure('ndt7', `ws://127.0.0.1:${line.port}`);
    expect(upload).toBeUndefined();
    expect(failure).toMatchObject({ code: 'protocol_error', operation: 'upload' });
  });

  test('a WebSocket that is not ndt7’s is no server of the kind', async () => {
    await using reference = await startReference(counts, { subprotocol: false });
    const { failure } = await measure('ndt7', `ws://127.0.0.1:${reference.port}`);
    expect(failure).toMatchObject({ code: 'protocol_error', operation: 'download' });
    expect(failure?.message).toContain('subprotocol');
  });

  test('is found by what a locate service answered', async () => {
    await using reference = await startReference(counts);
    await using line = await startSlowProxy(reference.port, LINE);
    const at = (test: string) => [
      `ws:///ndt/v7/${test}`,
      `ws://127.0.0.1:${line.port}/ndt/v7/${test}?access_token=${test}&index=0`,
    ];
    const urls = Object.fromEntries([at('download'), at('upload')]);
    const measured = await measure('ndt7', JSON.stringify({ results: [{ machine: 'x', urls }] }));
    expect(measured.failure).toBeUndefined();
    expect(measured.upload?.outcome).toBe('pass');
    expect(measured.conditions.server).toBe(`ws://127.0.0.1:${line.port}`);
    expect(reference.urls.map((url) => url.replace(/&client.*/, ''))).toEqual([
      '/ndt/v7/download?access_token=download&index=0',
      '/ndt/v7/upload?access_token=upload&index=0',
    ]);
  });

  test('a server that does not count leaves an upload without a figure, not with the sender’s', async () => {
    await using reference = await startReference(() => ({ Origin: 'server' }));
    await using line = await startSlowProxy(reference.port, LINE);
    const { download, upload, failure } = await measure('ndt7', `ws://127.0.0.1:${line.port}`);
    expect(download?.outcome).toBe('pass');
    expect(upload).toBeUndefined();
    expect(failure).toMatchObject({ code: 'protocol_error', operation: 'upload' });
  });
});

test.each([
  ['ndt7', 'wss://ndt.example/?access_token=x', 'wss://ndt.example'],
  ['ndt7', 'http://ndt.example:8081', 'http://ndt.example:8081'],
  ['librespeed', 'https://user@speed.example/backend', 'https://speed.example'],
] as const)('of a %s server at %s the result says %s', (protocol, server, origin) => {
  expect(peerOrigin(protocol, server)).toBe(origin);
});
