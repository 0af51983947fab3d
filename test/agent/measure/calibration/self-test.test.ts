// The self-test for real: two processes, the loopback, and what is kept of it.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeStatusFile } from '#agent/health/status-file.ts';
import { isCurrent, loadCalibration } from '#agent/measure/calibration/calibration-file.ts';
import { calibrationText } from '#agent/measure/calibration/calibration-text.ts';
import { openLoopbackPeer } from '#agent/measure/calibration/loopback-peer.ts';
import { selfTest } from '#agent/measure/calibration/self-test.ts';
import { calibrationSchema } from '#shared/model/calibration.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { ROOT, start } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const options = {
  nodePath: process.execPath,
  peerArguments: [join(ROOT, 'agent/main.ts'), 'loopback-peer'],
  ...{ env: process.env, clock: systemClock, agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
};

test('calibrate finds a rate for either direction and keeps it; status and doctor then say it', async () => {
  await using home = await temporaryFolder();
  const agent = async (...args: string[]) => {
    await using running = start('agent/main.ts', args, { MEETNET_DATA: home.path });
    running.child.stdin?.end();
    await running.exited;
    return running.stdout();
  };
  const found = calibrationSchema.parse(JSON.parse(await agent('calibrate', '--json')));
  expect(found.downloadMbps).toBeGreaterThan(10);
  expect(found.uploadMbps).toBeGreaterThan(10);
  const directory = join(home.path, 'agent');
  expect(await loadCalibration(directory)).toEqual(found);
  expect(isCurrent(found, found)).toBe(true);
  expect(isCurrent({ ...found, nodeVersion: 'v26.0.0' }, found)).toBe(false);
  expect(isCurrent({ ...found, agentVersion: '9.0.0' }, found)).toBe(false);
  expect(JSON.parse(await agent('status', '--json')).calibration).toEqual(found);
  const checks: { name: string; found: string }[] = JSON.parse(await agent('doctor', '--json'));
  expect(checks.find(({ name }) => name === 'calibration')?.found).toBe(
    calibrationText(found, NORM_500_40),
  );
  await writeFile(join(directory, 'calibration.json'), '{"downloadMbps": ');
  expect(await loadCalibration(directory)).toBeUndefined();
}, 60_000);

test('beside a test of the agent there is no calibration', async () => {
  await using home = await temporaryFolder();
  const directory = join(home.path, 'agent');
  await mkdir(directory, { recursive: true });
  await writeStatusFile(directory, {
    ...{ writtenAt: new Date().toISOString(), pid: 1, agentVersion: '0.1.0', testing: true },
    ...{ uplink: { state: 'connected' }, nextTests: [] },
    spool: { records: 0, bytes: 0, droppedRecords: 0, corruptRecords: 0 },
  });
  await using refused = start('agent/main.ts', ['calibrate'], { MEETNET_DATA: home.path });
  expect(await refused.exited).toBe(1);
  expect(refused.stderr()).toMatch(/is testing the line.*\(conflict\)/);
  expect(await loadCalibration(directory)).toBeUndefined();
});

test('a peer that cannot be started, or is none, is said; nothing is waited for', async () => {
  const { signal } = new AbortController();
  await expect(
    selfTest({ ...options, peerArguments: ['--eval', 'process.exit(3)'] }, signal),
  ).rejects.toMatchObject({
    code: 'test_failed',
    message: expect.stringContaining('ended with 3'),
  });
  await expect(selfTest({ ...options, nodePath: '/nowhere/node' }, signal)).rejects.toMatchObject({
    code: 'test_failed',
  });
  const stranger = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const address = stranger.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const says = `console.log(${port}); process.stdin.resume()`;
  await expect(
    selfTest({ ...options, peerArguments: ['--eval', says] }, signal),
  ).rejects.toMatchObject({ code: 'test_failed' });
  stranger.closeAllConnections();
  stranger.close();
});

test('a self-test that is broken off ends at once, with its reason', async () => {
  const stop = new AbortController();
  const running = selfTest(options, stop.signal);
  const start = performance.now();
  setTimeout(() => stop.abort(new Error('a test begins')), 1_500);
  await expect(running).rejects.toThrow('a test begins');
  expect(performance.now() - start).toBeLessThan(5_000);
});

test('the peer answers its three paths and hangs up on anything else', async () => {
  await using peer = await openLoopbackPeer(systemClock);
  const ask = (request: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(peer.port, '127.0.0.1', () => socket.write(request));
      let said = '';
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        said += chunk.toString('latin1');
        if (said.length > 50_000 || /"bytes":/.test(said)) socket.destroy();
      });
      socket.on('close', () => resolve(said));
    });
  expect(await ask('GET /meetpunt/v1/tests/x/download HTTP/1.1\r\n\r\n')).toMatch(
    /^HTTP\/1.1 200 OK\r\nx-meetpunt:/,
  );
  expect(await ask('GET /meetpunt/v1/tests/x/counts HTTP/1.1\r\n\r\n')).toMatch(/"elapsedMs"/);
  expect(await ask('GET / HTTP/1.1\r\n\r\n')).toBe('');
  expect(await ask('x'.repeat(20_000))).toBe('');
});

test('in words: what is carried, what is needed, what that means', () => {
  const calibration = {
    ...{ downloadMbps: 300, uploadMbps: 55, at: '2026-11-23T10:00:00.000Z' },
    ...{ agentVersion: '0.1.0', nodeVersion: 'v24.21.0' },
  };
  expect(calibrationText(calibration, NORM_500_40)).toBe(
    "this device carries 300 Mbit/s down and 55 up by itself; 750 and 60 are needed: too slow to show that a line's download or upload falls short; it can still show that a line meets the norm",
  );
  expect(
    calibrationText({ ...calibration, downloadMbps: 750, uploadMbps: 60 }, NORM_500_40),
  ).toMatch(/: fit to show that a line falls short$/);
});
