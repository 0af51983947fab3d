// The agent's uplink against the collector's own gateway and stores, with both clocks real or
// moved by hand as each side needs.
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createKey, type DeviceKey, sign } from '#agent/identity/identity.ts';
import { openDiskSpool } from '#agent/spool/disk.ts';
import type { Spool } from '#agent/spool/spool.ts';
import { SlotDenied } from '#agent/uplink/slot-denied.ts';
import { createUplink, type Uplink } from '#agent/uplink/uplink-service.ts';
import { connectWebSocket } from '#agent/uplink/websocket.ts';
import { createEnrolment } from '#collector/gateway/enrolment.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { enrolmentPayload } from '#shared/wire/uplink.ts';
import { type GatewayScene, gatewayScene } from '#test/support/gateway.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

interface Device {
  readonly deviceId: string;
  readonly key: DeviceKey;
}

async function enrolled(
  at: GatewayScene,
  deviceId: string,
  locationId = '16SW03',
): Promise<Device> {
  const key = createKey();
  const code = `code-of-${deviceId}`;
  await at.registry.addEnrolmentCode(code, locationId, at.clock.now() + 1_000);
  const enrol = createEnrolment({ ...at, newId: () => deviceId });
  const { publicKey } = key;
  const signature = sign(key, enrolmentPayload(code, publicKey));
  const about = { name: 'kast', position: 'off_path' as const, agentVersion: '0.1.0' };
  await enrol({ code, publicKey, signature, ...about });
  return { deviceId, key };
}

async function withUplink(
  at: GatewayScene,
  { deviceId, key }: Device,
  spool: Spool,
  use: (uplink: Uplink) => Promise<void>,
): Promise<void> {
  const collector = at.url.replace('ws:', 'http:').replace('/api/v1/uplink', '');
  expect(createPrivateKey(key.privateKey).asymmetricKeyType).toBe('ed25519');
  const uplink = createUplink({
    identity: { ...key, deviceId, collector, locationId: '16SW03' },
    connect: connectWebSocket(collector),
    clock: systemClock,
    random: seededRandom(1),
    log: silentLog,
    agentVersion: '0.1.0',
    nodeVersion: 'v24.21.0',
    purpose: 'run',
    spool,
  });
  const stop = new AbortController();
  const done = uplink.service.run(stop.signal, () => {});
  try {
    await use(uplink);
  } finally {
    stop.abort(new Error('over'));
    await done;
  }
}

const ONE = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001';
const TWO = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a002';

test('a spool of months is at the collector once, across restarts of the agent, at its true times', async () => {
  await using at = await gatewayScene();
  await using folder = await temporaryFolder();
  const device = await enrolled(at, ONE);
  const directory = join(folder.path, 'spool');
  const open = () => openDiskSpool({ directory, maxBytes: 50_000_000, log: silentLog });
  // The collector's clock stands still in March 2026; the agent's is the real one, far from it.
  const start = Date.now() - 1_000_000_000;
  {
    await using spool = await open();
    const measurements = Array.from({ length: 1_500 }, (_, number) =>
      measurementAt(ONE, start + number * 1_000),
    );
    await Promise.all(measurements.map((measurement) => spool.append(measurement)));
  }
  for (const enough of [1, 600, 1_500]) {
    await using spool = await open();
    await withUplink(at, device, spool, async (uplink) => {
      await expect.poll(() => 1_500 - spool.stats().records).toBeGreaterThanOrEqual(enough);
      if (enough === 1_500) await uplink.drained(AbortSignal.timeout(10_000));
      await expect.poll(() => uplink.clockOffsetMs()).toBeGreaterThan(0);
    });
  }
  expect(await at.series.count()).toBe(1_500);
  const stored = await at.series.query({ locationId: '16SW03' });
  const times = stored.map(({ startedAt }) => startedAt).sort((one, other) => one - other);
  const expected = start - (Date.now() - at.clock.now());
  expect(Math.abs((times[0] ?? 0) - expected)).toBeLessThan(30_000);
});

test('a measurement that is none is rejected alone; the others are stored', async () => {
  await using at = await gatewayScene();
  await using folder = await temporaryFolder();
  const device = await enrolled(at, ONE);
  await using spool = await openDiskSpool({
    ...{ directory: folder.path, maxBytes: 1_000_000, log: silentLog },
  });
  await spool.append(measurementAt(ONE, Date.now() - 3_000));
  await spool.append({ ...measurementAt(ONE, Date.now()), durationMs: -1 });
  await spool.append(measurementAt(TWO, Date.now() - 2_000));
  await spool.append(measurementAt(ONE, Date.now() - 1_000));
  await withUplink(at, device, spool, async (uplink) => {
    await uplink.drained(AbortSignal.timeout(10_000));
    await spool.append(measurementAt(ONE, Date.now()));
    await uplink.drained(AbortSignal.timeout(10_000));
  });
  expect(await at.series.count()).toBe(3);
});

test('of two devices one has the slot, the other is told when to come back', async () => {
  await using at = await gatewayScene();
  await using folder = await temporaryFolder();
  const [one, two] = [await enrolled(at, ONE), await enrolled(at, TWO, '00AA00')];
  const options = { maxBytes: 1_000_000, log: silentLog };
  await using first = await openDiskSpool({ directory: join(folder.path, 'one'), ...options });
  await using second = await openDiskSpool({ directory: join(folder.path, 'two'), ...options });
  const soon = AbortSignal.timeout(10_000);
  await withUplink(at, one, first, (a) =>
    withUplink(at, two, second, async (b) => {
      const grant = await a.requestSlot('check', soon);
      expect(grant).toMatchObject({ server: 'http://127.0.0.1:8081' });
      const denied = await b.requestSlot('check', soon).catch((error: unknown) => error);
      expect(denied).toBeInstanceOf(SlotDenied);
      a.releaseSlot(grant.slotId);
      await expect
        .poll(() => b.requestSlot('check', soon).catch(() => 'denied'))
        .toMatchObject({
          server: 'http://127.0.0.1:8081',
        });
    }),
  );
});
