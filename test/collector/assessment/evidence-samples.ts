// Evidence for tests: single tests that differ where a test wants them to, and arbitrary windows.
import fc from 'fast-check';
import type { DirectionEvidence, Evidence, TestEvidence } from '#collector/assessment/evidence.ts';
import { type Flag, QUALITY_FLAGS } from '#shared/model/measurement.ts';

export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;
/** A UTC midnight; in these samples local days are days of UTC. */
export const START = Date.parse('2026-02-21T00:00:00Z');
export const NOW = START + 28 * DAY_MS;

export function pass(): DirectionEvidence {
  return { outcome: 'pass', ipCapacity: 528, interval: [520, 536], provisional: false };
}

export function fail(provisional = false): DirectionEvidence {
  const ipCapacity = provisional ? 450 : 200;
  return {
    outcome: 'fail',
    ipCapacity,
    interval: [ipCapacity - 4, ipCapacity + 4],
    provisional,
  };
}

export function undecided(): DirectionEvidence {
  return { outcome: 'inconclusive', ipCapacity: 489, interval: [480, 499], provisional: false };
}

export function testAt(startedAt: number, change: Partial<TestEvidence> = {}): TestEvidence {
  return {
    id: `test ${startedAt}`,
    deviceId: 'A',
    startedAt,
    day: Math.floor(startedAt / DAY_MS),
    inSchoolHours: false,
    inQuietHours: true,
    position: 'off_path',
    quiet: 'presumed',
    download: pass(),
    upload: pass(),
    flags: [],
    ...change,
  };
}

/** Once a night at three o'clock, on the first `count` nights of the window. */
export function nights(
  count: number,
  change: (night: number) => Partial<TestEvidence> = () => ({}),
) {
  return Array.from({ length: count }, (_, night) =>
    testAt(START + night * DAY_MS + 180 * MINUTE_MS, change(night)),
  );
}

export function evidenceOf(tests: readonly TestEvidence[]): Evidence {
  return { tests, devices: [{ id: 'A', lastSignAt: NOW }], plannedPerDay: 1 };
}

const outcomes = (passes: number): fc.Arbitrary<DirectionEvidence> =>
  fc.oneof(
    { weight: passes, arbitrary: fc.constant(pass()) },
    { weight: 4, arbitrary: fc.constant(fail()) },
    { weight: 3, arbitrary: fc.constant(fail(true)) },
    { weight: 1, arbitrary: fc.constant(undecided()) },
  );

/**
 * Windows from empty to full, of lines from hopeless to good. Times are multiples of 10 minutes,
 * so that second runs occur; never later than 23:00, so that a pair lies on one day.
 */
export const evidenceArbitrary = evidenceOfSize(0, 110);

export function evidenceOfSize(least: number, most: number): fc.Arbitrary<Evidence> {
  return fc
    .record({
      passes: fc.constantFrom(0, 0, 1, 5, 20, 60),
      spoilt: fc.constantFrom(0, 0, 1, 8, 16),
      size: fc.integer({ min: least, max: most }),
    })
    .chain(({ passes, spoilt, size }) =>
      fc.array(testArbitrary(passes, spoilt), { minLength: size, maxLength: size }),
    )
    .map((tests) => evidenceOf(tests.map((test, index) => ({ ...test, id: `t${index}` }))));
}

/** `passes` and `spoilt` are weights: of passing, and of carrying a flag against 8 of not. */
export function testArbitrary(passes: number, spoilt = 1): fc.Arbitrary<TestEvidence> {
  return fc
    .record({
      day: fc.integer({ min: 0, max: 27 }),
      slot: fc.integer({ min: 0, max: 132 }),
      deviceId: fc.constantFrom('A', 'A', 'A', 'B'),
      isQuiet: fc.constantFrom(true, true, true, false),
      download: outcomes(passes),
      upload: outcomes(passes + 20),
      flags: flagsArbitrary(spoilt),
      failed: fc.constantFrom(false, false, false, false, false, false, false, true),
    })
    .map(({ day, slot, deviceId, isQuiet, download, upload, flags, failed }) => {
      const minute = slot * 10 + 60;
      const startedAt = START + day * DAY_MS + minute * MINUTE_MS;
      const inSchoolHours = minute >= 8 * 60 && minute < 17 * 60 && day % 7 > 1;
      const isCrossed = flags.includes('cross_traffic');
      return {
        ...testAt(startedAt, { deviceId, flags, inSchoolHours }),
        inQuietHours: minute < 300,
        position: isQuiet ? ('in_path' as const) : ('off_path' as const),
        quiet: isQuiet && !isCrossed ? ('known' as const) : ('no' as const),
        download,
        ...(failed ? { failure: 'connection_reset' as const } : { upload }),
      };
    })
    .map((test) => (test.failure === undefined ? test : withoutUpload(test)));
}

function flagsArbitrary(spoilt: number): fc.Arbitrary<readonly Flag[]> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant([]) },
    { weight: spoilt, arbitrary: fc.constantFrom<Flag[]>(['cpu_limited'], ['wifi']) },
    { weight: 1, arbitrary: fc.subarray([...QUALITY_FLAGS], { minLength: 1, maxLength: 3 }) },
  );
}

function withoutUpload({ upload: _, ...test }: TestEvidence): TestEvidence {
  return test;
}
