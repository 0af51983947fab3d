// The measure server and the agent's measurer against each other, over loopback.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { InProcessMeasurer } from '#agent/measure/throughput/in-process-measurer.ts';
import { noEnvironment } from '#agent/measure/throughput/no-environment.ts';
import { openAdmission, slotAdmission } from '#collector/meetpunt/admission.ts';
import { type Meetpunt, openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { signSlotToken } from '#collector/slots/token.ts';
import { measurementSchema } from '#shared/model/measurement.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { DEFAULT_PLAN, type Plan } from '#shared/model/plan.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import type { SlotClaims } from '#shared/wire/slot-token.ts';
import { PACE_OVER_NORM, SPEED_HEADER, SPEED_PREFIX, STREAMS_MAX } from '#shared/wire/speed.ts';
import { uuidAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';

const KEY = Buffer.alloc(32, 7);
/** A norm that loopback meets with ease, so that these tests are about behaviour, not speed. */
const EASY: Plan = { ...DEFAULT_PLAN, norm: { ...NORM_500_40, download: 40, upload: 20 } };

function open(admission = openAdmission(), maxTests?: number): Promise<Meetpunt> {
  return openMeetpunt({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    log: silentLog,
    admission,
    ...(maxTests === undefined ? {} : { maxTests }),
  });
}

const measurer = new InProcessMeasurer({
  clock: systemClock,
  random: seededRandom(7),
  newId: () => uuidAt(Date.now()),
  agentVersion: '0.1.0',
  nodeVersion: process.version,
  environment: noEnvironment,
});

function measure(
  port: number,
  change: { token?: string; plan?: Plan } = {},
  signal = new AbortController().signal,
) {
  return measurer.measure(
    {
      deviceId: randomUUID(),
      server: `http://127.0.0.1:${port}`,
      plan: EASY,
      mode: 'check',
      ...change,
    },
    signal,
  );
}

function token(change: Partial<SlotClaims> = {}): string {
  const now = Date.now();
  return signSlotToken(
    {
      version: 1,
      slotId: randomUUID(),
      deviceId: randomUUID(),
      kind: 'throughput',
      notBefore: now - 1000,
      expiresAt: now + 60_000,
      maxBytes: 1_000_000_000,
      ...change,
    },
    KEY,
  );
}

test('a paced check passes both directions near the pace and costs about what it says', async () => {
  await using meetpunt = await open();
  const measured = await measure(meetpunt.port);
  expect(measurementSchema.safeParse(measured).error).toBeUndefined();
  expect(measured.failure).toBeUndefined();
  expect(measured.download).toMatchObject({ outcome: 'pass', stoppedBy: 'pass', atLeast: true });
  expect(measured.upload).toMatchObject({ outcome: 'pass', stoppedBy: 'pass', atLeast: true });
  // The norm here is 40/20.
  expect(measured.download?.ipCapacity).toBeGreaterThan(0.96 * PACE_OVER_NORM * 40);
  expect(measured.download?.ipCapacity).toBeLessThan(1.04 * PACE_OVER_NORM * 40);
  expect(measured.upload?.ipCapacity).toBeGreaterThan(0.96 * PACE_OVER_NORM * 20);
  expect(measured.upload?.ipCapacity).toBeLessThan(1.04 * PACE_OVER_NORM * 20);
  expect(measured.conditions.idleLatency?.count).toBe(10);
  expect(meetpunt.stats()).toMatchObject({ tests: 1, refused: 0 });
  // Up and down are not swapped: what was sent is the larger.
  expect(meetpunt.stats().sentBytes).toBeGreaterThan(1.5 * meetpunt.stats().receivedBytes);
});

test('a byte budget ends a direction without a verdict', async () => {
  await using meetpunt = await open();
  const plan = { ...EASY, budget: { ...EASY.budget, testBytes: 3_000_000 } };
  const measured = await measure(meetpunt.port, { plan });
  expect(measured.download).toMatchObject({ outcome: 'inconclusive', stoppedBy: 'bytes' });
  expect(measured.download?.bytes).toBeLessThan(4_500_000);
});

test('a stopped test says so and leaves no test on the server', async () => {
  await using meetpunt = await open();
  const stop = new AbortController();
  const measuring = measure(meetpunt.port, {}, stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 600));
  stop.abort();
  expect((await measuring).failure).toMatchObject({ code: 'stopped' });
  expect(meetpunt.stats().running).toBe(0);
});

test("a slot with few bytes ends a direction by its bytes, not by the server's door", async () => {
  await using meetpunt = await open(slotAdmission({ key: KEY, clock: systemClock }));
  // Few, but with a margin that a tenth of a second of a busy machine does not use up.
  const measured = await measure(meetpunt.port, { token: token({ maxBytes: 14_000_000 }) });
  expect(measured.failure).toBeUndefined();
  expect(measured.upload).toMatchObject({ outcome: 'inconclusive', stoppedBy: 'bytes' });
});

test('a server that dies during the upload leaves the download as it was measured', async () => {
  const meetpunt = await open();
  const stop = new AbortController();
  const measuring = measurer.measure(
    {
      deviceId: randomUUID(),
      server: `http://127.0.0.1:${meetpunt.port}`,
      plan: EASY,
      mode: 'check',
    },
    stop.signal,
    (progress) => {
      if (progress.phase === 'upload') void meetpunt[Symbol.asyncDispose]();
    },
  );
  const { failure, download, upload } = await measuring;
  expect(failure).toMatchObject({ operation: 'upload' });
  expect(download).toMatchObject({ outcome: 'pass' });
  expect(upload).toBeUndefined();
});

test('a server that does not speak the protocol is that, not an unknown failure', async () => {
  const other = createServer((request, response) => {
    response.setHeader(SPEED_HEADER, 'meetpunt/9');
    if (request.url?.endsWith('/ping')) response.writeHead(204).end();
    else response.end('{"test":1}');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect((await measure(port)).failure).toMatchObject({ code: 'protocol_error' });
  other.close();
});

test('a download of which not one byte arrives is a failure, not a line of 0 Mbit/s', async () => {
  // Answers all that is small, and holds back what is large, as a scanning filter does.
  const filter = createServer((request, response) => {
    response.setHeader(SPEED_HEADER, 'meetpunt/1');
    if (request.url?.endsWith('/ping')) response.writeHead(204).end();
    else if (request.method === 'POST') response.end('{"testId":"t","maxBytes":1000000000}');
    else if (request.method === 'DELETE') response.end('{}');
  });
  await new Promise<void>((resolve) => filter.listen(0, '127.0.0.1', resolve));
  const address = filter.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { failure, download } = await measure(port);
  expect(download).toBeUndefined();
  expect(failure).toMatchObject({ code: 'test_timed_out', operation: 'download' });
  filter.closeAllConnections();
  filter.close();
});

test.each(['//', '/\\'])(
  'a malformed address %s is a bad request, not a fault of ours',
  async (path) => {
    await using meetpunt = await open();
    const status = await new Promise<string>((resolve, reject) => {
      const socket = connect(meetpunt.port, '127.0.0.1', () =>
        socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      );
      socket.once('data', (data) => resolve(String(data).slice(9, 12)));
      socket.on('error', reject);
    });
    expect(['400', '404']).toContain(status);
  },
);

test('a test left by its agent gives its place away when another wants one', async () => {
  await using meetpunt = await open(openAdmission(), 1);
  const tests = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests`;
  expect((await fetch(tests, { method: 'POST' })).status).toBe(201);
  expect((await fetch(tests, { method: 'POST' })).status).toBe(503);
  await new Promise((resolve) => setTimeout(resolve, 5_200));
  expect((await fetch(tests, { method: 'POST' })).status).toBe(201);
});

test('an agent may ask for less than its token allows, and gets not a byte more', async () => {
  await using meetpunt = await open();
  const tests = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests`;
  const made = await fetch(`${tests}?max_bytes=3000000`, { method: 'POST' });
  const { testId, maxBytes } = (await made.json()) as { testId: string; maxBytes: number };
  expect(maxBytes).toBe(3_000_000);
  const replies = await Promise.all([1, 2].map(() => fetch(`${tests}/${testId}/download`)));
  const sizes = await Promise.all(
    replies.map(async (reply) => {
      let bytes = 0;
      // The second may come when the first has had it all.
      if (reply.status !== 200) return bytes;
      try {
        for await (const chunk of reply.body ?? []) bytes += (chunk as Uint8Array).length;
      } catch {
        // The server ends the test by its sockets.
      }
      return bytes;
    }),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(3_000_000);
  expect(meetpunt.stats().sentBytes).toBeLessThanOrEqual(3_000_000);
  for (const wrong of ['0', '-1', 'much', '1.5']) {
    const refused = await fetch(`${tests}?max_bytes=${wrong}`, { method: 'POST' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(wrong);
  }
});

test('a test has no more streams than the protocol allows for', async () => {
  await using meetpunt = await open();
  const tests = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests`;
  const made = await fetch(tests, { method: 'POST' });
  const { testId } = (await made.json()) as { testId: string };
  const replies = await Promise.all(
    Array.from({ length: 2 * STREAMS_MAX + 8 }, () => fetch(`${tests}/${testId}/download?pace=1`)),
  );
  const refused = replies.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(4);
  expect(replies.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(
    2 * STREAMS_MAX,
  );
  for (const reply of replies) await reply.body?.cancel();
});

test('a compressing link finds nothing to save in the load', async () => {
  await using meetpunt = await open();
  const tests = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests`;
  const made = await fetch(tests, { method: 'POST' });
  const { testId } = (await made.json()) as { testId: string };
  const reply = await fetch(`${tests}/${testId}/download?pace=100`);
  const taken: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    taken.push(chunk);
    length += chunk.length;
    if (length > 500_000) break;
  }
  expect(gzipSync(Buffer.concat(taken)).length / length).toBeGreaterThan(0.99);
});

test('nobody listening, and a portal answering, are told apart', async () => {
  const meetpunt = await open();
  await meetpunt[Symbol.asyncDispose]();
  expect((await measure(meetpunt.port)).failure).toMatchObject({ code: 'connect_refused' });

  const portal = createServer((_request, response) => response.end('<html>Sign in</html>'));
  await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve));
  const address = portal.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect((await measure(port)).failure).toMatchObject({ code: 'intercepted' });
  portal.close();
});

test('a server that dies during the download is a failure of that direction', async () => {
  const meetpunt = await open();
  const measuring = measure(meetpunt.port);
  await new Promise((resolve) => setTimeout(resolve, 800));
  await meetpunt[Symbol.asyncDispose]();
  const { failure, download } = await measuring;
  expect(['connection_closed', 'connection_reset']).toContain(failure?.code);
  expect(failure?.operation).toBe('download');
  expect(download).toBeUndefined();
});

test('a slot admits one test, within its time, by this key', async () => {
  await using meetpunt = await open(slotAdmission({ key: KEY, clock: systemClock }));
  const once = token();
  expect((await measure(meetpunt.port, { token: once })).failure).toBeUndefined();
  const now = Date.now();
  const refused = [
    undefined,
    once,
    token({ expiresAt: now - 1 }),
    token({ notBefore: now + 60_000 }),
    `${token().split('.')[0]}.${Buffer.alloc(32).toString('base64url')}`,
    'nonsense',
  ];
  for (const bad of refused) {
    const { failure } = await measure(meetpunt.port, bad === undefined ? {} : { token: bad });
    expect(failure).toMatchObject({ code: 'not_admitted', operation: 'admission' });
    expect(failure?.message).toMatch(/slot/);
  }
  expect(meetpunt.stats()).toMatchObject({ tests: 1, refused: refused.length });
});

test('a slot is good on the measure server that it is for, and on no other that knows its address', async () => {
  const origin = 'http://a.example:8081';
  const admission = slotAdmission({ key: KEY, clock: systemClock, origin });
  expect(admission.admit(token({ server: origin, maxBytes: 5 }))).toEqual({ maxBytes: 5 });
  expect(() => admission.admit(token({ server: 'http://b.example:8081' }))).toThrow(
    /for the measure server http:\/\/b\.example:8081, not for/,
  );
  const anywhere = slotAdmission({ key: KEY, clock: systemClock });
  expect(anywhere.admit(token({ server: origin, maxBytes: 5 }))).toEqual({ maxBytes: 5 });
});

test('a full server refuses more, and tells those that run that it was full', async () => {
  await using meetpunt = await open(openAdmission(), 2);
  const [first, second] = [measure(meetpunt.port), measure(meetpunt.port)];
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect((await measure(meetpunt.port)).failure).toMatchObject({ code: 'not_admitted' });
  expect((await first).flags).toContain('server_limited');
  expect((await second).flags).toContain('server_limited');
});

test.each([
  ['GET', '/', 404],
  ['GET', `${SPEED_PREFIX}/tests/nonsense/download`, 404],
  ['POST', `${SPEED_PREFIX}/tests/nonsense/upload`, 404],
  ['GET', `${SPEED_PREFIX}/tests/ID/download?pace=-1`, 400],
  ['GET', `${SPEED_PREFIX}/tests/ID/download?pace=fast`, 400],
])('%s %s is answered with %i and a reason', async (method, path, status) => {
  await using meetpunt = await open();
  const origin = `http://127.0.0.1:${meetpunt.port}`;
  const made = await fetch(`${origin}${SPEED_PREFIX}/tests`, { method: 'POST' });
  const { testId } = (await made.json()) as { testId: string };
  const reply = await fetch(`${origin}${path.replace('ID', testId)}`, { method });
  expect(reply.status).toBe(status);
  expect(reply.headers.get(SPEED_HEADER)).not.toBeNull();
  expect(((await reply.json()) as { error: { message: string } }).error.message).not.toBe('');
});
