// From recorded /proc and /sys trees, and interface facts as systeminformation gives them, to flags.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideFlags } from '#agent/measure/environment/decide-flags.ts';
import { type HostFiles, openHostFiles } from '#agent/measure/environment/host-files.ts';
import { LoadWatch } from '#agent/measure/environment/load-watch.ts';
import { findPort, type PortBytes, portOf } from '#agent/measure/environment/port.ts';
import { createEnvironmentProbe } from '#agent/measure/environment/probe.ts';
import { busiestShare, readCores, readThrottledMs } from '#agent/measure/environment/processors.ts';
import { waitForQuietLine } from '#agent/measure/environment/quiet-line.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { directionResult } from '#test/support/measurements.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const CALM = { busiestCore: 0.4, eventLoop: 0.5, timerLatenessP99Ms: 3 };
const CALIBRATION = {
  ...{ downloadMbps: 3400, uploadMbps: 4700, at: '2026-11-23T10:00:00.000Z' },
  ...{ agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
};
const WIRED = { name: 'eth0', speedMbps: 1000, duplex: 'full', wireless: false } as const;
const measured = {
  download: directionResult(450, { outcome: 'fail' }),
  upload: directionResult(43, { outcome: 'pass' }),
};

function tree(files: Record<string, string>): HostFiles {
  return { read: (path) => files[path] };
}

test('a calm machine on a gigabit port has no flag', () => {
  expect(decideFlags({ nic: WIRED, cpu: CALM }, measured, NORM_500_40)).toEqual([]);
  expect(decideFlags({}, measured, NORM_500_40)).toEqual([]);
});

test.each([
  ['a 100 Mbit/s port', { nic: { ...WIRED, speedMbps: 100 } }, 'nic_limited'],
  ['half duplex', { nic: { ...WIRED, duplex: 'half' as const } }, 'nic_limited'],
  ['a port that is full', { nic: { ...WIRED, speedMbps: 499 } }, 'nic_limited'],
  ['a wireless port', { nic: { name: 'wlan0', wireless: true } }, 'wifi'],
  ['a full core', { cpu: { ...CALM, busiestCore: 0.9 } }, 'cpu_limited'],
  ['a full event loop', { cpu: { ...CALM, eventLoop: 0.93 } }, 'cpu_limited'],
  ['late timers', { cpu: { ...CALM, timerLatenessP99Ms: 51 } }, 'cpu_limited'],
  ['a throttled control group', { cpu: { ...CALM, throttledMs: 12 } }, 'cpu_limited'],
  [
    'traffic before',
    { crossTraffic: { beforeBytesPerS: 25_001, duringShare: 0 } },
    'cross_traffic',
  ],
  ['a suspicion', { crossTrafficState: 'suspected' as const }, 'cross_traffic'],
  ['traffic during', { crossTraffic: { beforeBytesPerS: 0, duringShare: 0.031 } }, 'cross_traffic'],
])('%s is flagged, alone', (_what, seen, flag) => {
  expect(decideFlags(seen, measured, NORM_500_40)).toEqual([flag]);
});

test('a device is too slow exactly for what did not pass and needs 1.5 × as much of it', () => {
  const rates = fc.double({ min: 0, max: 3_000, noNaN: true });
  const outcomes = fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const);
  fc.assert(
    fc.property(rates, rates, outcomes, outcomes, (downloadMbps, uploadMbps, down, up) => {
      const flags = decideFlags(
        { cpu: CALM, calibration: { ...CALIBRATION, downloadMbps, uploadMbps } },
        {
          download: directionResult(300, { outcome: down }),
          upload: directionResult(20, { outcome: up }),
        },
        NORM_500_40,
      );
      const isSlow = (down !== 'pass' && downloadMbps < 750) || (up !== 'pass' && uploadMbps < 60);
      expect(flags).toEqual(isSlow ? ['cpu_limited'] : []);
    }),
  );
});

test('a port limits exactly what did not pass and does not fit it or fills it', () => {
  const speeds = fc.integer({ min: 10, max: 10_000 });
  const readings = fc.integer({ min: 1, max: 9_000 });
  const outcomes = fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const);
  fc.assert(
    fc.property(speeds, readings, outcomes, outcomes, (speed, reading, down, up) => {
      const flags = decideFlags(
        { nic: { ...WIRED, speedMbps: speed } },
        {
          download: directionResult(reading, { outcome: down }),
          upload: directionResult(20, { outcome: up }),
        },
        NORM_500_40,
      );
      const limitsDown = speed * 0.94 < 500 || reading >= 0.9 * speed;
      const limitsUp = speed * 0.94 < 40 || 20 >= 0.9 * speed;
      expect(flags.includes('nic_limited')).toBe(
        (down !== 'pass' && limitsDown) || (up !== 'pass' && limitsUp),
      );
    }),
  );
});

test('a fail that others’ traffic may be the cause of is theirs, however little it is', () => {
  const flagsAt = (mbps: number, duringShare: number) =>
    decideFlags(
      { crossTraffic: { beforeBytesPerS: 0, duringShare } },
      { download: directionResult(mbps, { outcome: 'fail', interval: [mbps - 1, mbps + 1] }) },
      NORM_500_40,
    );
  expect(flagsAt(480, 0.02)).toEqual(['cross_traffic']);
  expect(flagsAt(480, 0.015)).toEqual([]);
  expect(flagsAt(300, 0.029)).toEqual([]);
});

test('a good gigabit line on a gigabit port keeps a fail of its upload', () => {
  const results = {
    download: directionResult(930, { outcome: 'pass' }),
    upload: directionResult(20, { outcome: 'fail' }),
  };
  expect(decideFlags({ nic: WIRED, cpu: CALM }, results, NORM_500_40)).toEqual([]);
});

test('the busiest core counts interrupts and stolen time as busy, not waiting for a disk', () => {
  const before = tree({
    '/proc/stat': 'cpu  0 0 0 0\ncpu0 100 0 50 800 50 0 0 0 0 0\ncpu1 0 0 0 1000 0 0 0 0 0 0\n',
  });
  const after = tree({
    '/proc/stat': 'cpu  0 0 0 0\ncpu0 110 0 60 860 70 0 0 0 0 0\ncpu1 10 0 0 1005 0 0 60 25 0 0\n',
  });
  expect(busiestShare(readCores(before), readCores(after))).toBeCloseTo(0.95, 5);
  expect(busiestShare(readCores(before), readCores(before))).toBeUndefined();
});

test('throttling is read from either generation of control groups', () => {
  const second = tree({
    '/proc/self/cgroup': '0::/system.slice/meetnet.service\n',
    '/sys/fs/cgroup/system.slice/meetnet.service/cpu.stat':
      'usage_usec 5\nnr_throttled 2\nthrottled_usec 4500\n',
  });
  const first = tree({
    '/proc/self/cgroup': '12:memory:/a\n4:cpu,cpuacct:/meetnet\n',
    '/sys/fs/cgroup/cpu/meetnet/cpu.stat': 'nr_throttled 2\nthrottled_time 7000000\n',
  });
  expect(readThrottledMs(second)).toBe(4.5);
  expect(readThrottledMs(first)).toBe(7);
  expect(readThrottledMs(tree({}))).toBeUndefined();
});

test('the port is the one that owns the address; unknown speeds are absent', () => {
  const facts = { ip6: '', type: 'wired', duplex: 'full', speed: 1000 };
  const all = [
    { ...facts, iface: 'lo', ip4: '127.0.0.1', type: 'virtual', duplex: '', speed: null },
    { ...facts, iface: 'eth0', ip4: '192.0.2.7' },
    { ...facts, iface: 'wlan0', ip4: '192.0.2.8', type: 'wireless', speed: -1, duplex: 'unknown' },
  ];
  expect(portOf('127.0.0.1', all)).toEqual({ name: 'lo', wireless: false });
  expect(portOf('192.0.2.7', all)).toEqual(WIRED);
  expect(portOf('192.0.2.8', all)).toEqual({ name: 'wlan0', wireless: true });
  expect(portOf('192.0.2.9', all)).toBeUndefined();
  // A second address of a port, which the facts do not have.
  expect(portOf('192.0.2.9', all, 'wlan0')).toEqual({ name: 'wlan0', wireless: true });
  expect(portOf('192.0.2.9', all, 'eth7')).toBeUndefined();
});

test('a load is watched by the counters of its port, sample by sample', async () => {
  const clock = new FakeClock();
  const counters: Record<string, number> = {
    rx_bytes: 5,
    tx_bytes: 6,
    rx_packets: 7,
    tx_packets: 8,
  };
  const read = (path: string) =>
    path === '/sys/class/net/eth0/type' ? '1\n' : String(counters[path.split('/').at(-1) ?? '']);
  const watch = new LoadWatch({ files: { read }, clock, eventLoop: () => () => 0.2 }, 'eth0');
  watch.started('download');
  await clock.advance(100);
  watch.sampled('download', 1_000);
  watch.sampled('upload', 2_000);
  watch.ended('download');
  const port = { received: 5, sent: 6, receivedPackets: 7, sentPackets: 8 };
  expect(watch.loads()).toEqual([
    {
      direction: 'download',
      isEthernet: true,
      samples: [{ elapsedMs: 100, ownBytes: 1_000, port }],
    },
  ]);
});

test('late timers show in the 99th percentile', async () => {
  const clock = new FakeClock();
  let ticks = 0;
  const moving: HostFiles = {
    read: (path) => {
      ticks += 5;
      return path === '/proc/stat' ? `cpu0 ${ticks} 0 0 ${ticks} 0 0 0 0\n` : undefined;
    },
  };
  const watch = new LoadWatch({ files: moving, clock, eventLoop: () => () => 0.1 }, undefined);
  watch.started('download');
  await clock.advance(1000);
  watch.ended('download');
  expect(watch.cpu()?.timerLatenessP99Ms).toBe(0);
  expect(clock.sleepers).toBe(0);
});

test('a quiet line is taken after 5 s, a busy one given up after 30 s', async () => {
  const clock = new FakeClock();
  const port = { received: 0, sent: 0, receivedPackets: 0, sentPackets: 0 };
  const wait = (perSecond: number) =>
    waitForQuietLine(
      (): PortBytes => ({ ...port, received: clock.monotonicMs() * (perSecond / 1000) }),
      clock,
      new AbortController().signal,
    );
  const quiet = wait(20_000);
  await clock.advance(5_000);
  expect(await quiet).toMatchObject({ state: 'quiet', bytesPerS: 20_000 });
  const busy = wait(30_000);
  await clock.advance(30_000);
  expect(await busy).toEqual({ state: 'busy' });
  expect(await waitForQuietLine(() => undefined, clock, new AbortController().signal)).toEqual({
    state: 'unknown',
  });
});

test('on this host the probe finds the loopback and a processor, and flags no port', async () => {
  const probe = createEnvironmentProbe({
    files: openHostFiles(),
    clock: systemClock,
    eventLoop: () => () => 0.1,
    position: 'off_path',
  });
  const session = await probe.start('http://127.0.0.1:9', new AbortController().signal, {
    calibration: CALIBRATION,
    usualRoundTrip: { 4: 8 },
  });
  expect(await session.waitForQuiet(new AbortController().signal)).toBe('unknown');
  session.loadStarted('download');
  await systemClock.sleep(300);
  session.loadEnded('download');
  const { conditions, flags } = await session.finish(
    { download: directionResult(520) },
    NORM_500_40,
    { idleLatency: { count: 10, lost: 0, minMs: 28, p50Ms: 30, p95Ms: 33 }, ipVersion: 4 },
  );
  expect(conditions.nic).toEqual({ name: 'lo', wireless: false });
  expect(conditions.cpu?.busiestCore).toBeGreaterThanOrEqual(0);
  expect(conditions.crossTraffic).toBeUndefined();
  expect(conditions.calibration).toEqual(CALIBRATION);
  expect(conditions).toMatchObject({ crossTrafficState: 'suspected', idleBaselineMs: 8 });
  expect(flags).toContain('cross_traffic');
  expect(flags).not.toContain('nic_limited');
});

test.each(['http://[::1]:9', 'http://localhost:9', 'http://127.9.9.9:9'])(
  'the route to %s has a port',
  async (server) => {
    const port = await findPort(server, systemClock, new AbortController().signal);
    expect(port).toEqual({ name: 'lo', wireless: false });
  },
);

test('files are read below the root that is given', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'proc', 'stat');
  await mkdir(dirname(path));
  await writeFile(path, 'cpu0 1 0 0 1\n');
  expect(openHostFiles(folder.path).read('/proc/stat')).toBe('cpu0 1 0 0 1\n');
  expect(openHostFiles(folder.path).read('/proc/none')).toBeUndefined();
});
