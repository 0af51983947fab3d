// `measure` in a collector's slot, against a collector that does what a test tells it to.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKey, saveIdentity } from '#agent/identity/identity.ts';
import { type Measurement, measurementSchema } from '#shared/model/measurement.ts';
import { type CollectorEnd, collectorEnd, type Visit } from '#test/agent/uplink/collector-end.ts';
import { freePort, type Running, start } from '#test/support/process.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
let collector: CollectorEnd;
beforeEach(async () => {
  folder = await temporaryFolder();
  collector = await collectorEnd();
  await saveIdentity(`${folder.path}/agent`, {
    ...createKey(),
    deviceId: '7f4df3c4-6c2c-4f0e-9d0a-0f2d8a1b2c3d',
    locationId: '16SW03',
    collector: collector.url,
    name: 'meterkast',
    position: 'off_path',
    enrolledAt: '2026-11-23T10:00:00.000Z',
  });
});
afterEach(async () => {
  await collector[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function measure(): Running {
  const running = start('agent/main.ts', ['measure', '--json'], { MEETNET_DATA: folder.path });
  running.child.stdin?.end();
  return running;
}

/** Gives the slot of a measure server that nobody runs, and waits for what comes of it. */
async function untilBatch(visit: Visit) {
  await visit.welcome();
  const { requestId, mode } = await visit.expect('slot_request');
  expect(mode).toBe('check');
  const server = `http://127.0.0.1:${await freePort()}`;
  const grant = { slotId: 'slot-1', server, token: 'token', expiresAt: Date.now() + 60_000 };
  visit.send({ type: 'slot', requestId, grant });
  const { records } = await visit.expect('batch');
  return records;
}

function printed(running: Running): Measurement {
  expect(running.stdout().trim().split('\n')).toHaveLength(1);
  return measurementSchema.parse(JSON.parse(running.stdout()));
}

test('the result that is printed is the one that the collector has', async () => {
  await using running = measure();
  const visit = await collector.visit();
  const [record] = await untilBatch(visit);
  expect(await visit.expect('slot_release')).toMatchObject({ slotId: 'slot-1' });
  expect(running.stdout()).toBe('');
  visit.send({ type: 'ack', results: [{ position: record?.position ?? -1, fate: 'accepted' }] });
  expect(await running.exited).toBe(5);
  expect(printed(running)).toEqual(record?.measurement);
  expect(printed(running).failure?.code).toBe('connect_refused');
});

test('a result that cannot be delivered is printed all the same', async () => {
  await using running = measure();
  const [record] = await untilBatch(await collector.visit());
  expect(await running.end('SIGINT')).toBe(130);
  expect(printed(running)).toEqual(record?.measurement);
  expect(running.stderr()).toMatch(/stopped by SIGINT\n$/);
});

test('no slot now: said with the exit code of a test not admitted', async () => {
  await using running = measure();
  const visit = await collector.visit();
  await visit.welcome();
  const { requestId } = await visit.expect('slot_request');
  const reason = 'the measure servers are taken';
  visit.send({ type: 'slot_denied', requestId, reason, retryAfterMs: 30_000 });
  expect(await running.exited).toBe(5);
  expect(running.stdout()).toBe('');
  expect(running.stderr()).toContain(reason);
});
