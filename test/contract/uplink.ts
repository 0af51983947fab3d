// What an uplink does with the collector's own gateway and stores, whatever carries its frames. The
// agent's clock is the real one, the collector's stands still in March 2026.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createKey, type DeviceKey, sign } from '#agent/identity/identity.ts';
import { openDiskSpool } from '#agent/spool/disk.ts';
import type { Spool } from '#agent/spool/spool.ts';
import { SlotDenied } from '#agent/uplink/slot-denied.ts';
import type { Closed, Connect } from '#agent/uplink/transport.ts';
import { createUplink, type Uplink, type Ways } from '#agent/uplink/uplink-service.ts';
import { createEnrolment } from '#collector/gateway/enrolment.ts';
import { type Clock, systemClock } from '#shared/runtime/clock.ts';
import { CLOSE, collectorFrameSchema, enrolmentPayload } from '#shared/wire/uplink.ts';
import { startFaultyProxy } from '#test/support/faulty-proxy.ts';
import { type GatewayScene, gatewayScene } from '#test/support/gateway.ts';
import { measurementAt } from '#test/support/measurements.ts';
import { eventually, freePort } from '#test/support/process.ts';
import { seededRandom } from '#test/support/seeded-random.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

export interface TransportUnderTest {
  readonly name: string;
  /** The request that opens a session, and the one that carries a batch's answer. */
  readonly carriesAnswers: RegExp;
  connect(collector: string): Connect;
  ways(collector: string): Ways;
}

interface Device {
  readonly deviceId: string;
  readonly key: DeviceKey;
}

export async function enrolled(
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
  {
    ways,
    collector = originOf(at),
    clock = systemClock,
  }: { ways: TransportUnderTest['ways']; collector?: string; clock?: Clock },
  use: (uplink: Uplink) => Promise<void>,
): Promise<void> {
  const uplink = createUplink({
    identity: { ...key, deviceId, collector, locationId: '16SW03' },
    ways: () => ways(collector),
    clock,
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

function originOf(at: GatewayScene): string {
  return at.url.replace('ws:', 'http:').replace('/api/v1/uplink', '');
}

const soon = () => AbortSignal.timeout(30_000);
const ONE = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001';
const TWO = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a002';

export function uplinkContract({ name, carriesAnswers, connect, ways }: TransportUnderTest): void {
  describe(`uplink contract: ${name}`, () => {
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
        await withUplink(at, device, spool, { ways }, async (uplink) => {
          await expect.poll(() => 1_500 - spool.stats().records).toBeGreaterThanOrEqual(enough);
          if (enough === 1_500) await uplink.drained(soon());
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
      await withUplink(at, device, spool, { ways }, async (uplink) => {
        await uplink.drained(soon());
        await spool.append(measurementAt(ONE, Date.now()));
        await uplink.drained(soon());
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
      const within = soon();
      await withUplink(at, one, first, { ways }, (a) =>
        withUplink(at, two, second, { ways }, async (b) => {
          const grant = await a.requestSlot('check', within);
          expect(grant).toMatchObject({ server: 'http://127.0.0.1:8081' });
          const denied = await b.requestSlot('check', within).catch((error: unknown) => error);
          expect(denied).toBeInstanceOf(SlotDenied);
          a.releaseSlot(grant.slotId);
          await expect
            .poll(() => b.requestSlot('check', within).catch(() => 'denied'))
            .toMatchObject({
              server: 'http://127.0.0.1:8081',
            });
        }),
      );
    });

    test('an answer that is lost on the way: the batch comes again, and is stored once', async () => {
      await using at = await gatewayScene();
      await using folder = await temporaryFolder();
      await using proxy = await startFaultyProxy(Number(new URL(originOf(at)).port));
      const device = await enrolled(at, ONE);
      await using spool = await openDiskSpool({
        ...{ directory: folder.path, maxBytes: 10_000_000, log: silentLog },
      });
      await withUplink(at, device, spool, { ways, collector: proxy.url }, async (uplink) => {
        await eventually(
          'connected',
          async () => uplink.status().state === 'connected' || undefined,
        );
        proxy.pattern = carriesAnswers;
        proxy.mode = 'swallow_answer';
        const first = Array.from({ length: 300 }, (_, number) =>
          measurementAt(ONE, Date.now() - 1_000_000 + number * 1_000),
        );
        await Promise.all(first.map((measurement) => spool.append(measurement)));
        await eventually('some are stored', async () => (await at.series.count()) > 0 || undefined);
        proxy.mode = 'refuse';
        await eventually(
          'it was cut off',
          async () => uplink.status().state !== 'connected' || undefined,
        );
        proxy.mode = 'pass';
        await uplink.drained(soon());
      });
      expect(await at.series.count()).toBe(300);
    });

    test('a connection that is half open: two pings without an answer end it, and a new one is made', async () => {
      await using at = await gatewayScene();
      await using folder = await temporaryFolder();
      await using proxy = await startFaultyProxy(Number(new URL(originOf(at)).port));
      const device = await enrolled(at, ONE);
      await using spool = await openDiskSpool({
        ...{ directory: folder.path, maxBytes: 1_000_000, log: silentLog },
      });
      // The time between two pings goes by in a moment.
      let ahead = 0;
      const clock: Clock = {
        ...systemClock,
        monotonicMs: () => systemClock.monotonicMs() + ahead,
        sleep: async (ms, signal) => {
          await systemClock.sleep(ms > 15_000 ? 100 : ms, signal);
          if (ms > 15_000) ahead += ms;
        },
      };
      await withUplink(at, device, spool, { ways, collector: proxy.url, clock }, async (uplink) => {
        const connected = () => uplink.status().state === 'connected';
        await eventually('connected', async () => connected() || undefined);
        proxy.freeze();
        await eventually('noticed', async () => uplink.status().lastError || undefined);
        expect(uplink.status().lastError).toContain('two pings');
        await eventually('connected again', async () => connected() || undefined);
        await spool.append(measurementAt(ONE, Date.now()));
        await uplink.drained(soon());
      });
      expect(await at.series.count()).toBe(1);
    });

    test('frames of half a megabyte pass whole', async () => {
      await using at = await gatewayScene();
      await using folder = await temporaryFolder();
      const device = await enrolled(at, ONE);
      await using spool = await openDiskSpool({
        ...{ directory: folder.path, maxBytes: 50_000_000, log: silentLog },
      });
      const { download: _, upload: __, ...rest } = measurementAt(ONE, Date.now() - 60_000);
      const failure = { code: 'unknown_failure', operation: 'test' } as const;
      const positions = Array.from({ length: 200 }, (_unused, number) => number);
      for (const number of positions) {
        // Quotes and characters of three bytes: what a text costs on the wire is not its length.
        const message = '"€'.repeat(240);
        const id = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
        await spool.append({ ...rest, id, failure: { ...failure, message } });
      }
      await withUplink(at, device, spool, { ways }, (uplink) => uplink.drained(soon()));
      expect(await at.series.count()).toBe(200);
    });

    test('a newer session takes its place, and it comes back later; no word of the collector’s ends it', async () => {
      await using at = await gatewayScene();
      await using folder = await temporaryFolder();
      const device = await enrolled(at, ONE);
      const stranger = { ...device, key: createKey() };
      const options = { maxBytes: 1_000_000, log: silentLog };
      await using first = await openDiskSpool({ directory: join(folder.path, 'one'), ...options });
      await using second = await openDiskSpool({ directory: join(folder.path, 'two'), ...options });
      await withUplink(at, stranger, second, { ways }, async (b) => {
        await eventually(
          'refused',
          async () => b.status().lastError?.includes('bad_signature') || undefined,
        );
      });
      await withUplink(at, device, first, { ways }, async (a) => {
        await eventually('connected', async () => at.gateway.isConnected(ONE) || undefined);
        await withUplink(at, device, second, { ways }, async (b) => {
          await eventually(
            'replaced',
            async () => a.status().lastError?.includes('newer') || undefined,
          );
          expect(b.status().state).toBe('connected');
        });
        // Its goodbye is heard at once, without waiting for silence.
        await eventually('gone', async () => !at.gateway.isConnected(ONE) || undefined);
      });
    });

    test('the carrier tells how it ended: once, with the collector’s code, or as broken', async () => {
      await using at = await gatewayScene();
      const ends: Closed[] = [];
      const texts: string[] = [];
      const events = {
        onText: (text: string) => texts.push(text),
        onClosed: (end: Closed) => ends.push(end),
      };
      const transport = await connect(originOf(at))(events, soon());
      await eventually('a challenge', async () => texts.length || undefined);
      expect(collectorFrameSchema.parse(JSON.parse(texts[0] ?? ''))).toMatchObject({
        type: 'challenge',
      });
      transport.send('{"type":"ping"}');
      await eventually('closed', async () => ends.length || undefined);
      expect(ends).toEqual([
        { code: CLOSE.malformed, reason: expect.stringContaining('malformed_message') },
      ]);
      expect(texts[1]).toContain('malformed_message');
      transport.terminate();

      const again = await connect(originOf(at))(events, soon());
      again.terminate();
      await eventually('broken', async () => ends[1]);
      again.close(1000, 'twice');
      expect(ends.slice(1).map(({ code }) => code)).toEqual([1006]);
    });

    test('nobody there, somebody else, or a stop: named, and no event comes', async () => {
      const events = { onText: () => expect.unreachable(), onClosed: () => expect.unreachable() };
      const nobody = `http://127.0.0.1:${await freePort()}`;
      await expect(connect(nobody)(events, soon())).rejects.toMatchObject({
        ...{ code: 'unreachable', trouble: { code: 'connect_refused' } },
      });
      const mute = createServer((socket) => socket.on('error', () => {}));
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
      const address = mute.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const stop = new AbortController();
      const connecting = connect(`http://127.0.0.1:${port}`)(events, stop.signal);
      connecting.catch(() => {});
      const socket = await new Promise<{ destroy(): void }>((resolve) =>
        mute.once('connection', resolve),
      );
      const reason = new Error('stopping');
      stop.abort(reason);
      await expect(connecting).rejects.toBe(reason);
      socket.destroy();
      await new Promise((resolve) => mute.close(resolve));
    });
  });
}
