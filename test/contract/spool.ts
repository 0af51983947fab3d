// What every spool does, whatever it keeps its records in.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Spool } from '#agent/spool/spool.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { measurementAt } from '#test/support/measurements.ts';

export interface SpoolHarness extends AsyncDisposable {
  readonly spool: Spool;
}

const DEVICE = '6f1c2a34-9b1d-4c55-8a43-0c7a5ad1a001';
const START = Date.parse('2026-03-02T08:00:00.000Z');

export function numbered(number: number, change: Partial<Measurement> = {}): Measurement {
  return measurementAt(DEVICE, START + number * 1000, change);
}

/** Fails as a measurement does, with a text of `length` that tells records apart by size. */
export function ofSize(number: number, length: number): Measurement {
  const { download: _download, upload: _upload, ...rest } = numbered(number);
  return {
    ...rest,
    failure: { code: 'connect_timed_out', operation: 'connect', message: 'x'.repeat(length) },
  };
}

export function spoolContract(
  name: string,
  open: (maxBytes: number) => Promise<SpoolHarness>,
): void {
  describe(`spool contract: ${name}`, () => {
    test('an empty spool has nothing to read and nothing to count', async () => {
      await using at = await open(1_000_000);
      expect(await at.spool.read(10)).toEqual([]);
      await at.spool.ack(5);
      expect(at.spool.stats()).toEqual({
        records: 0,
        bytes: 0,
        droppedRecords: 0,
        corruptRecords: 0,
      });
    });

    test('records come back oldest first, as they went in, until acknowledged', async () => {
      await using at = await open(1_000_000);
      const measurements = [0, 1, 2, 3, 4].map((number) => numbered(number));
      for (const measurement of measurements) await at.spool.append(measurement);
      const expected = measurements.map((measurement, position) => ({ position, measurement }));
      expect(await at.spool.read(3)).toEqual(expected.slice(0, 3));
      expect(await at.spool.read(10)).toEqual(expected);
      await at.spool.ack(1);
      expect(await at.spool.read(10)).toEqual(expected.slice(2));
      await at.spool.ack(0);
      expect(at.spool.stats().records).toBe(3);
    });

    test('acknowledging beyond the end takes nothing from what comes later', async () => {
      await using at = await open(1_000_000);
      await at.spool.append(numbered(0));
      await at.spool.ack(1_000);
      expect(await at.spool.append(numbered(1))).toBe(1);
      expect((await at.spool.read(10)).map(({ position }) => position)).toEqual([1]);
    });

    test('appends at the same time each get their own position, in the order of the calls', async () => {
      await using at = await open(10_000_000);
      const measurements = Array.from({ length: 300 }, (_, number) => numbered(number));
      const positions = await Promise.all(measurements.map((each) => at.spool.append(each)));
      expect(positions).toEqual(measurements.map((_, position) => position));
      expect((await at.spool.read(300)).map(({ measurement }) => measurement.id)).toEqual(
        measurements.map(({ id }) => id),
      );
    });

    test('each append is told to who listens, until they end it', async () => {
      await using at = await open(1_000_000);
      let told = 0;
      const end = at.spool.onAppend(() => {
        told += 1;
      });
      await at.spool.append(numbered(0));
      await at.spool.append(numbered(1));
      expect(told).toBe(2);
      end();
      await at.spool.append(numbered(2));
      expect(told).toBe(2);
    });

    test('over the bound the oldest go, and every one is counted', async () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(sizes, fc.integer({ min: 0, max: 20 }), async (lengths, acked) => {
          await using at = await open(20_000);
          for (const [number, length] of lengths.entries()) {
            await at.spool.append(ofSize(number, length));
            if (number === acked) await at.spool.ack(acked);
          }
          const stats = at.spool.stats();
          const left = (await at.spool.read(1_000)).map(({ position }) => position);
          expect(stats.bytes).toBeLessThanOrEqual(20_000);
          expect(stats.records).toBe(left.length);
          expect(left).toEqual(
            Array.from({ length: left.length }, (_, index) => lengths.length - left.length + index),
          );
          const done = acked < lengths.length ? acked + 1 : 0;
          // Dropped before they were acknowledged, or acknowledged, or still there.
          expect(stats.droppedRecords).toBeGreaterThanOrEqual(lengths.length - left.length - done);
          expect(stats.droppedRecords).toBeLessThanOrEqual(lengths.length - left.length);
          expect(left.length).toBeGreaterThan(acked === lengths.length - 1 ? -1 : 0);
        }),
        { numRuns: 25 },
      );
    });

    test('a measurement of absurd size is refused, and the next one is taken', async () => {
      await using at = await open(1_000_000);
      await expect(at.spool.append(ofSize(0, 300_000))).rejects.toMatchObject({
        code: 'message_too_big',
      });
      expect(await at.spool.append(numbered(1))).toBe(0);
    });

    test('a closed spool takes nothing', async () => {
      await using at = await open(1_000_000);
      await at.spool[Symbol.asyncDispose]();
      await expect(at.spool.append(numbered(0))).rejects.toThrow('closed');
    });
  });
}
