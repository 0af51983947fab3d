import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Check, checkHost, checksText, type HostFacts } from '#agent/health/checks.ts';
import { isAlive } from '#agent/health/is-alive.ts';
import { probeHost } from '#agent/health/probe-host.ts';
import { statusOf, statusText } from '#agent/health/status.ts';
import {
  createStatusWriter,
  readStatusFile,
  type StatusFile,
  writeStatusFile,
} from '#agent/health/status-file.ts';
import { openHostFiles } from '#agent/measure/environment/host-files.ts';
import { TROUBLES } from '#agent/network/trouble.ts';
import type { Calibration } from '#shared/model/calibration.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { testOutbound } from '#test/support/outbound.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const CALIBRATION: Calibration = {
  ...{ downloadMbps: 3400, uploadMbps: 4700, at: '2026-11-23T10:00:00.000Z' },
  ...{ agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
};
const SLOW: Calibration = { ...CALIBRATION, downloadMbps: 240 };
const WELL: HostFacts = {
  nodeVersion: 'v24.21.0',
  data: { path: '/var/lib/meetnet', freeBytes: 5e9 },
  identity: { state: 'good' },
  collector: { url: 'https://meetnet.example', clockOffsetMs: 20 },
  spool: { records: 0, bytes: 0, droppedRecords: 0, corruptRecords: 0 },
  port: { name: 'eth0', speedMbps: 1000, duplex: 'full', wireless: false },
  calibration: { found: CALIBRATION, isCurrent: true },
  cores: 4,
  memoryBytes: 1e9,
};

test('a fit machine has nothing to mend', () => {
  const checks = checkHost(WELL, NORM_500_40);
  expect(checks.every(({ result, advice }) => result === 'ok' && advice === undefined)).toBe(true);
});

test.each<[string, Partial<HostFacts>, string, Check['result']]>([
  ['an old Node', { nodeVersion: 'v18.20.0' }, 'Node', 'fail'],
  ['a read-only disk', { data: { path: '/data', trouble: 'EROFS' } }, 'data directory', 'fail'],
  ['a full disk', { data: { path: '/data', freeBytes: 1e6 } }, 'data directory', 'fail'],
  ['no identity', { identity: { state: 'absent' } }, 'identity', 'warn'],
  ['a key that all can read', { identity: { state: 'open to others' } }, 'identity', 'warn'],
  ["another user's key", { identity: { state: "another user's" } }, 'identity', 'warn'],
  [
    "another user's agent",
    { data: { path: '/data', isOfAnother: true } },
    'data directory',
    'warn',
  ],
  ['a spoilt key', { identity: { state: 'unreadable' } }, 'identity', 'fail'],
  ...TROUBLES.map((code): [string, Partial<HostFacts>, string, Check['result']] => [
    code,
    { collector: { url: 'https://x', trouble: { code, message: 'so it is' } } },
    'collector',
    'fail',
  ]),
  [
    'a filter without WebSocket',
    { collector: { url: 'https://x', websocketTrouble: 'HTTP 403' } },
    'uplink',
    'warn',
  ],
  ['a clock years off', { collector: { url: 'https://x', clockOffsetMs: -1e12 } }, 'clock', 'fail'],
  [
    'a week of results waiting',
    { spool: { records: 28, bytes: 1, droppedRecords: 0, corruptRecords: 0 } },
    'waiting results',
    'warn',
  ],
  [
    'results dropped',
    { spool: { records: 1, bytes: 1, droppedRecords: 3, corruptRecords: 0 } },
    'waiting results',
    'warn',
  ],
  [
    'a disk that takes nothing',
    {
      spool: {
        ...{ records: 4, bytes: 1, droppedRecords: 0, corruptRecords: 0 },
        ...{ diskTrouble: 'EROFS', memoryRecords: 4 },
      },
    },
    'waiting results',
    'fail',
  ],
  [
    'a disk that forgets',
    { spool: { records: 1, bytes: 1, droppedRecords: 0, corruptRecords: 1 } },
    'waiting results',
    'warn',
  ],
  ['Wi-Fi', { port: { name: 'wlan0', wireless: true } }, 'network port', 'fail'],
  [
    'a slow port',
    { port: { name: 'eth0', speedMbps: 100, wireless: false } },
    'network port',
    'fail',
  ],
  ['one core', { cores: 1 }, 'processor', 'warn'],
  ['no calibration', { calibration: undefined }, 'calibration', 'warn'],
  [
    'a calibration of before',
    { calibration: { found: CALIBRATION, isCurrent: false } },
    'calibration',
    'warn',
  ],
  [
    'a device that is too slow',
    { calibration: { found: SLOW, isCurrent: true } },
    'calibration',
    'fail',
  ],
])('%s is named, with what to do', (_what, change, name, result) => {
  const checks = checkHost({ ...WELL, ...change }, NORM_500_40);
  const found = checks.find((check) => check.name === name);
  expect(found?.result).toBe(result);
  expect(found?.advice).toBeTruthy();
  expect(checksText(checks)).toContain(found?.advice);
  expect(checks.filter((check) => check.result !== 'ok')).toHaveLength(1);
});

test('the probe finds a collector, its clock, an identity that others can read', async () => {
  await using folder = await temporaryFolder();
  const directory = join(folder.path, 'agent');
  await mkdir(directory);
  await writeFile(join(directory, 'identity.json'), '{}');
  await chmod(join(directory, 'identity.json'), 0o644);
  const server = createServer((_request, response) => response.end('ok'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const probe = async (collector: string) => {
    using outbound = testOutbound();
    return await probeHost({
      directory,
      collector,
      nodeVersion: 'v24.0.0',
      ...{ outbound, env: {}, clock: systemClock },
      signal: new AbortController().signal,
    });
  };
  const facts = await probe(`http://127.0.0.1:${port}`);
  expect(facts.identity).toEqual({ state: 'open to others' });
  expect(facts.spool).toBeUndefined();
  await chmod(join(directory, 'identity.json'), 0o600);
  expect((await probe(`http://127.0.0.1:${port}`)).identity).toMatchObject({
    state: 'unreadable',
    trouble: expect.stringContaining('deviceId'),
  });
  expect(facts.collector?.trouble).toBeUndefined();
  expect(Math.abs(facts.collector?.clockOffsetMs ?? Number.NaN)).toBeLessThan(1500);
  expect(facts.data.freeBytes).toBeGreaterThan(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(facts.collector?.websocketTrouble).toContain('HTTP 200');
  const { collector } = await probe(`http://127.0.0.1:${port}`);
  expect(collector?.trouble).toMatchObject({ code: 'connect_refused' });
});

test('status says who, how and since when; a stale file is an agent gone silent', async () => {
  await using folder = await temporaryFolder();
  const now = Date.parse('2026-11-23T12:00:00Z');
  const device = { calibration: SLOW, norm: NORM_500_40 };
  const identity = {
    deviceId: 'd',
    locationId: '16SW03',
    collector: 'https://meetnet.example',
    name: 'meterkast',
  };
  expect(statusText(statusOf({ ...device, identity: undefined, file: undefined, now }))).toMatch(
    /enroll/,
  );
  expect(await readStatusFile(folder.path)).toBeUndefined();
  const file: StatusFile = {
    writtenAt: new Date(now - 60_000).toISOString(),
    pid: 1,
    agentVersion: '0.1.0',
    uplink: {
      ...{ state: 'waiting', transport: 'websocket' },
      trouble: { code: 'tls_intercepted', issuer: 'Filter Root' },
    },
    spool: { records: 2, bytes: 4000, droppedRecords: 1, corruptRecords: 0 },
    budget: {
      ...{ dayBytes: 330_000_000, dayLimitBytes: 4_000_000_000 },
      ...{ monthBytes: 7_150_000_000, monthLimitBytes: 60_000_000_000 },
    },
    nextTests: [],
    lastTestAt: '2026-11-23T03:17:00.000Z',
    lastResult: 'down 531.0 pass, up 43.0 pass',
  };
  await writeStatusFile(folder.path, file);
  const read = await readStatusFile(folder.path);
  expect(read).toEqual(file);
  const text = statusText(statusOf({ ...device, identity, file: read, now }));
  const spent = '0.3 of 4.0 GB today, 7.2 of 60.0 GB this month';
  const slow = "too slow to show that a line's download falls short";
  expect(text).toMatch(/in between: +tls_intercepted by Filter Root; have the filter pass/);
  for (const part of [slow, '16SW03', 'running', '531.0', '2 result(s)', '1 lost', spent])
    expect(text).toContain(part);
  const agentAt = (minutes: number, isAlive?: boolean) =>
    statusOf({
      ...{ ...device, identity, file: read, now: now + minutes * 60_000 },
      ...(isAlive === undefined ? {} : { isAlive }),
    }).agent;
  expect([agentAt(10), agentAt(10, true), agentAt(10, false)]).toEqual([
    'running',
    'running',
    'silent',
  ]);
  expect([agentAt(70), agentAt(70, true)]).toEqual(['silent', 'silent']);
});

test('the status is written when it says something new, and else every half hour', async () => {
  await using folder = await temporaryFolder();
  const clock = new FakeClock();
  const write = createStatusWriter(folder.path, clock);
  const written: string[] = [];
  for (let minute = 0; minute < 90; minute += 1) {
    await write({
      ...{ writtenAt: new Date(clock.now()).toISOString(), pid: 1, agentVersion: '0.1.0' },
      uplink: { state: minute < 43 ? 'connected' : 'waiting' },
      spool: WELL.spool ?? fail(),
      clockOffsetMs: 1_000 + Math.sin(minute),
      nextTests: [],
    });
    const at = (await readStatusFile(folder.path))?.writtenAt.slice(14, 16) ?? '';
    if (at !== written.at(-1)) written.push(at);
    await clock.advance(60_000);
  }
  expect(written).toEqual(['00', '30', '43', '13']);
});

test('whether the process of a status is there, where that can be seen', () => {
  const proc = (...pids: number[]) => ({
    read: (path: string) => (pids.some((pid) => path === `/proc/${pid}/stat`) ? '1' : undefined),
  });
  expect(isAlive(proc(1, 77), 77)).toBe(true);
  expect(isAlive(proc(1), 77)).toBe(false);
  expect(isAlive(proc(), 77)).toBeUndefined();
  expect(isAlive(openHostFiles(), process.pid)).toBe(true);
});

function fail(): never {
  throw new Error('not in this test');
}
