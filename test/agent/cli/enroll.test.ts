// Enrolment by command against something that answers as a collector does: it calibrates, and stands
// whatever becomes of that.
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeStatusFile } from '#agent/health/status-file.ts';
import { loadIdentity } from '#agent/identity/identity.ts';
import { calibrateInChild } from '#agent/measure/calibration/calibrate-in-child.ts';
import { loadCalibration } from '#agent/measure/calibration/calibration-file.ts';
import { ROOT, start } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const DEVICE = '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d';

async function openCollector() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ deviceId: DEVICE, locationId: '16SW03' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function enroll(data: string, url: string) {
  await using running = start('agent/main.ts', ['enroll', '--collector', url, '--code', 'ABCD'], {
    MEETNET_DATA: data,
  });
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

test('an enrolment calibrates and says what that means', async () => {
  await using home = await temporaryFolder();
  await using collector = await openCollector();
  const { code, stdout } = await enroll(home.path, collector.url);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^enrolled at 16SW03 as .*\nthis device carries \d+ Mbit\/s down and /);
  expect(await loadCalibration(join(home.path, 'agent'))).toBeDefined();
}, 60_000);

test('a calibration that fails leaves the enrolment; the standing agent makes it in a child', async () => {
  await using home = await temporaryFolder();
  await using collector = await openCollector();
  const directory = join(home.path, 'agent');
  const status = {
    ...{ writtenAt: new Date().toISOString(), pid: 1, agentVersion: '0.1.0' },
    ...{ uplink: { state: 'connected' }, nextTests: [] },
    spool: { records: 0, bytes: 0, droppedRecords: 0, corruptRecords: 0 },
  };
  await mkdir(directory);
  await writeStatusFile(directory, { ...status, testing: true });
  const { code, stdout, stderr } = await enroll(home.path, collector.url);
  expect(code).toBe(0);
  expect(stdout).toBe(`enrolled at 16SW03 as ${DEVICE}\n`);
  expect(stderr).toMatch(/not calibrated .*testing the line.*meetnet-agent calibrate/);
  expect((await loadIdentity(directory)).deviceId).toBe(DEVICE);
  const child = {
    nodePath: process.execPath,
    jobArguments: [join(ROOT, 'agent/main.ts'), 'calibrate', '--json'],
    env: { ...process.env, MEETNET_DATA: home.path },
  };
  const { signal } = new AbortController();
  await expect(calibrateInChild(child, signal)).rejects.toThrow(/conflict/);
  await writeStatusFile(directory, { ...status, testing: false });
  const stop = new AbortController();
  const broken = calibrateInChild(child, stop.signal);
  stop.abort();
  await expect(broken).rejects.toMatchObject({ name: 'AbortError' });
  const made = await calibrateInChild(child, signal);
  expect(await loadCalibration(directory)).toEqual(made);
}, 60_000);
