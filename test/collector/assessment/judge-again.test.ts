// Kept verdicts given again from real stores, days later, whatever came in since.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { retrace } from '#collector/assessment/judge-again.ts';
import { createJudge } from '#collector/assessment/series-judge.ts';
import type { SeriesStore } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { OUTCOMES, verdictSchema } from '#shared/model/verdict.ts';
import { simulateLocation } from '#test/fleet/simulate-location.ts';
import { SCENARIO_NOW } from '#test/scenarios/notation.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { type OpenRegistry, openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';

const LOCATION = '16SW03';
const DAY_MS = 86_400_000;

let clock: FakeClock;
let opened: OpenRegistry;
let series: SeriesStore;
beforeEach(async () => {
  clock = new FakeClock(SCENARIO_NOW);
  opened = await openTestRegistry(clock);
  series = await openSqliteSeries({ path: join(opened.folder, 'series.db') });
});
afterEach(async () => {
  await series[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();
});

const judge = () =>
  createJudge({
    series,
    registry: opened.registry,
    norm: () => NORM_500_40,
    clock,
    log: silentLog,
  });

/** A device at the location with what the simulated location measured. */
async function measured(index: number): Promise<string> {
  const { deviceId, measurements, position } = simulateLocation(index, {
    seed: 11,
    now: SCENARIO_NOW,
  });
  const code = `CODE${index}`;
  await opened.registry.addEnrolmentCode(code, LOCATION, SCENARIO_NOW + DAY_MS);
  const device = { id: deviceId, name: 'kast', position, publicKey: `key ${index}` };
  await opened.registry.enrol(
    code,
    { ...device, agentVersion: '0.1.0' },
    SCENARIO_NOW - 40 * DAY_MS,
  );
  await series.write(measurements.map((stored) => ({ ...stored, locationId: LOCATION })));
  return deviceId;
}

describe('a kept verdict', () => {
  test.each([0, 1, 2, 3, 5, 8, 13, 21, 34, 55])(
    'of simulated location %i is reproduced',
    async (index) => {
      await measured(index);
      await judge().judge(LOCATION);
      const kept = await opened.registry.verdict(LOCATION);
      if (kept === undefined) throw new Error('no verdict was kept');
      expect(verdictSchema.parse(kept)).toEqual(kept);
      expect(OUTCOMES).toContain(kept.outcome);
      clock.advance(40 * DAY_MS);
      expect(await retrace({ series, registry: opened.registry }, LOCATION, kept)).toEqual({
        again: kept,
        result: 'reproduced',
        notes: [],
      });
    },
  );

  test('is reproduced when tests of its window come in later and the device is heard of since', async () => {
    const deviceId = await measured(1);
    const kept = await judge().judge(LOCATION);
    const [first] = await series.query({ locationId: LOCATION, limit: 1 });
    if (first === undefined) throw new Error('nothing was measured');
    clock.advance(DAY_MS);
    const id = first.measurement.id.replace(/.$/, 'f').replace(/-8.../, '-9abc');
    const late = { ...first, measurement: { ...first.measurement, id }, receivedAt: clock.now() };
    expect(await series.write([late])).toEqual(['accepted']);
    await opened.registry.recordContact(deviceId, { at: clock.now() });
    const { result } = await retrace({ series, registry: opened.registry }, LOCATION, kept);
    expect(result).toBe('reproduced');
    // Judged now, the late test counts.
    expect((await judge().judge(LOCATION)).evidence.tests).not.toBe(0);
  });

  test('is said to differ when its evidence is gone, or its rules are others', async () => {
    await measured(1);
    const kept = await judge().judge(LOCATION);
    const empty = { query: async () => [] };
    const gone = await retrace({ series: empty, registry: opened.registry }, LOCATION, kept);
    expect(gone.result).toBe('differs');
    expect(gone.notes.join()).toMatch(/rested on \d+ tests, of which the store now has 0/);
    const older = { ...kept, rulesVersion: '2026.1' };
    const other = await retrace({ series, registry: opened.registry }, LOCATION, older);
    expect(other.notes.join()).toMatch(/by rules 2026\.1/);
  });

  test('of an unknown norm or an earlier version cannot be given again, and that is said', async () => {
    await measured(1);
    const { basis, ...kept } = await judge().judge(LOCATION);
    expect(basis?.lines).toHaveLength(1);
    const stores = { series, registry: opened.registry };
    expect((await retrace(stores, LOCATION, kept)).notes.join()).toMatch(/earlier version/);
    const strange = { ...kept, normVersion: 'lost' };
    expect(await retrace(stores, LOCATION, strange)).toMatchObject({
      result: 'not_possible',
      notes: ['norm lost is not kept'],
    });
  });
});
