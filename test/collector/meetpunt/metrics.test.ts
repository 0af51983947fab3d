// What the measure server tells of itself, scraped as Prometheus does; and when it says that it, not
// the line, was the limit.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { type Busy, watchBusy } from '#collector/meetpunt/busy-watch.ts';
import { type Meetpunt, openMeetpunt } from '#collector/meetpunt/meetpunt.ts';
import { type Metrics, openMetrics } from '#collector/meetpunt/metrics.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { SPEED_PREFIX, testReceiptSchema } from '#shared/wire/speed.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { eventually } from '#test/support/process.ts';
import { silentLog } from '#test/support/silent-log.ts';

const PROMTOOL = process.env.PROMTOOL ?? '/usr/bin/promtool';

async function open(maxTests = 8): Promise<{ meetpunt: Meetpunt; metrics: Metrics }> {
  const told: { metrics?: Metrics } = {};
  const meetpunt = await openMeetpunt({
    ...{ host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog, maxTests },
    admission: {
      admit: (token) => {
        if (token === 'bad') throw new AppError('not_admitted', 'no');
        return { maxBytes: 5_000_000 };
      },
    },
    onEnded: (ended) => told.metrics?.ended(ended),
  });
  const metrics = await openMetrics({
    ...{ host: '127.0.0.1', port: 0, stats: meetpunt.stats, log: silentLog },
  });
  told.metrics = metrics;
  return { meetpunt, metrics };
}

/** Name and labels → value. Fails on any line that is not of the format. */
function parse(text: string): Map<string, number> {
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line);
    if (type) types.set(type[1] ?? '', type[2] ?? '');
    if (line.startsWith('#')) {
      expect(line).toMatch(/^# (HELP \w+ .+|TYPE \w+ \w+)$/);
      continue;
    }
    const sample = /^(\w+)(\{(\w+="[^"]*",?)+\})? (-?[\d.]+(e[+-]?\d+)?|[+-]Inf|N[aA]N|Nan)$/.exec(
      line,
    );
    expect(sample, line).not.toBeNull();
    const name = sample?.[1] ?? '';
    const family = types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, ''));
    expect(family, line).toBeDefined();
    expect(name.endsWith('_total'), line).toBe(family === 'counter');
    values.set(`${name}${sample?.[2] ?? ''}`, Number(sample?.[4]));
  }
  return values;
}

test('a scrape counts tests, refusals by reason and bytes, in the format of Prometheus', async () => {
  const { meetpunt, metrics } = await open();
  await using _closing = meetpunt;
  await using _also = metrics;
  const tests = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests`;
  const make = async () => {
    const reply = await fetch(tests, { method: 'POST' });
    return ((await reply.json()) as { testId: string }).testId;
  };
  const first = await make();
  const body = await fetch(`${tests}/${first}/upload`, {
    method: 'POST',
    body: Buffer.alloc(200_000),
  });
  await body.text();
  await fetch(`${tests}/${first}`, { method: 'DELETE' });
  await fetch(tests, { method: 'POST', headers: { authorization: 'Bearer bad' } });
  await fetch(`${tests}/nonsense/download`);
  await make();
  const idle = connect(meetpunt.port, '127.0.0.1');
  await eventually('it is open', async () => meetpunt.stats().connections > 0 || undefined);

  const reply = await fetch(metrics.url);
  expect(reply.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await reply.text();
  const values = parse(text);
  expect(Object.fromEntries(values)).toMatchObject({
    meetpunt_tests_running: 1,
    'meetpunt_tests_total{ended="agent"}': 1,
    'meetpunt_refused_total{reason="not_admitted"}': 1,
    'meetpunt_refused_total{reason="not_found"}': 1,
    'meetpunt_bytes_total{direction="received"}': 200_000,
    'meetpunt_bytes_total{direction="sent"}': 0,
    meetpunt_test_duration_seconds_count: 1,
    'meetpunt_test_duration_seconds_bucket{le="60"}': 1,
  });
  expect(values.get('meetpunt_connections')).toBeGreaterThan(0);
  for (const name of [
    'meetpunt_event_loop_utilization',
    'nodejs_eventloop_lag_p99_seconds',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
  ]) {
    expect(values.get(name), name).toBeGreaterThanOrEqual(0);
  }
  if (existsSync(PROMTOOL)) await checkedByPromtool(text);
  idle.destroy();
  // Counters only rise, also when a running test's bytes become an ended one's.
  const again = parse(await (await fetch(metrics.url)).text());
  expect(again.get('meetpunt_bytes_total{direction="received"}')).toBe(200_000);
  expect((await fetch(metrics.url.replace('/metrics', '/'))).status).toBe(404);
  expect((await fetch(metrics.url, { method: 'POST' })).status).toBe(404);
});

async function checkedByPromtool(text: string): Promise<void> {
  const running = promisify(execFile)(PROMTOOL, ['check', 'metrics']);
  running.child.stdin?.end(text);
  expect(await running).toMatchObject({ stderr: '' });
}

test('a port of metrics that is taken is said with the setting that moves it', async () => {
  const { meetpunt, metrics } = await open();
  await using _closing = meetpunt;
  await using _also = metrics;
  const port = Number(new URL(metrics.url).port);
  await expect(
    openMetrics({ host: '127.0.0.1', port, stats: meetpunt.stats, log: silentLog }),
  ).rejects.toMatchObject({
    code: 'address_in_use',
    message: expect.stringMatching(/MEETNET_MEETPUNT_METRICS_PORT/),
  });
});

test('a test on a server whose event loop has no time left says so in its receipt', async () => {
  const { meetpunt, metrics } = await open();
  await using _closing = meetpunt;
  await using _also = metrics;
  const tests = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests`;
  const make = async () => {
    const reply = await fetch(tests, { method: 'POST' });
    return ((await reply.json()) as { testId: string }).testId;
  };
  const end = async (id: string) =>
    testReceiptSchema.parse(await (await fetch(`${tests}/${id}`, { method: 'DELETE' })).json());
  const quiet = await make();
  await systemClock.sleep(1_200);
  expect(await end(quiet)).toMatchObject({ serverLimited: false, limitedBy: [] });

  const id = await make();
  // Real work on the loop that serves, as too many tests would be, with hardly a pause between.
  const deadline = performance.now() + 10_000;
  while (meetpunt.stats().eventLoopUtilization < 0.9 && performance.now() < deadline) {
    const until = performance.now() + 190;
    while (performance.now() < until) Math.sqrt(2);
    await systemClock.sleep(1);
  }
  expect(await end(id)).toMatchObject({ serverLimited: true, limitedBy: ['event_loop'] });
  expect(parse(await (await fetch(metrics.url)).text())).toSatisfy(
    (values: Map<string, number>) => values.get('meetpunt_limited_total{by="event_loop"}') === 1,
  );
});

test.each([
  ['cgroup v2', '0::/slice\n', '/sys/fs/cgroup/slice/cpu.stat', 'throttled_usec', 1_000],
  ['cgroup v1', '4:cpu,cpuacct:/a\n', '/sys/fs/cgroup/cpu/a/cpu.stat', 'throttled_time', 1e6],
])('a server kept from the processor by %s is a limit', async (_name, group, file, word, unit) => {
  const clock = new FakeClock();
  let heldBackMs = 400;
  const why: Busy[] = [];
  const busy = watchBusy({
    clock,
    onBusy: (each) => void why.push(each),
    read: (path) => {
      if (path === '/proc/self/cgroup') return group;
      return path === file ? `nr_periods 9\n${word} ${heldBackMs * unit}\n` : undefined;
    },
  });
  // What was before this server's start is not its own.
  await clock.advance(1_000);
  heldBackMs += 40;
  await clock.advance(1_000);
  expect(why.filter((each) => each === 'throttled')).toEqual([]);
  heldBackMs += 60;
  await clock.advance(1_000);
  expect(why.filter((each) => each === 'throttled')).toEqual(['throttled']);
  expect(busy.throttledMs).toBe(100);
  busy.stop();
  expect(clock.sleepers).toBe(0);
});

test('a stop refuses new tests in words and waits for the one that runs, not for ever', async () => {
  const { meetpunt, metrics } = await open();
  await using _closing = meetpunt;
  await using _also = metrics;
  const tests = `http://127.0.0.1:${meetpunt.port}${SPEED_PREFIX}/tests`;
  const made = (await (await fetch(tests, { method: 'POST' })).json()) as { testId: string };
  const socket = connect(meetpunt.port, '127.0.0.1');
  socket.write(
    `GET ${SPEED_PREFIX}/tests/${made.testId}/download?pace=8 HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  socket.on('error', () => {});
  const drained = meetpunt.drain(10_000).then(() => 'drained');
  const refused = await fetch(tests, { method: 'POST' });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({
    error: { code: 'server_full', message: expect.stringMatching(/is stopping; try again/) },
  });
  const before = received;
  await eventually('the test goes on', async () => received > before + 50_000 || undefined);
  await fetch(`${tests}/${made.testId}`, { method: 'DELETE' });
  expect(await drained).toBe('drained');
  socket.destroy();

  const stubborn = await open();
  await fetch(`http://127.0.0.1:${stubborn.meetpunt.port}${SPEED_PREFIX}/tests`, {
    method: 'POST',
  });
  const start = performance.now();
  await stubborn.meetpunt.drain(300);
  expect(performance.now() - start).toBeGreaterThan(290);
  expect(stubborn.meetpunt.stats().running).toBe(1);
  await stubborn.meetpunt[Symbol.asyncDispose]();
  await stubborn.metrics[Symbol.asyncDispose]();
});
