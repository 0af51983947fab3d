// How outages are counted: named cases, and what holds for any records in any order.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCalendar } from '#collector/assessment/calendar.ts';
import {
  type AvailabilityInput,
  availabilityOf,
  type MonthAvailability,
} from '#collector/availability/availability.ts';
import { monthsUntil } from '#collector/availability/months.ts';
import type { Span } from '#collector/availability/spans.ts';
import type { Stretch } from '#collector/availability/stretches.ts';
import { LINE_STATES, type LineState } from '#shared/model/availability.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const CALENDAR = createCalendar('Europe/Amsterdam');
const at = (text: string) => Date.parse(`${text}+01:00`);
const NOW = at('2026-03-20T18:00:00');
const MARCH = at('2026-03-01T00:00:00');

function stretch(
  state: LineState,
  from: number,
  to: number,
  change: Partial<Stretch> = {},
): Stretch {
  return { deviceId: 'A', state, ended: 'changed', from, to, ...change };
}

function input(stretches: readonly Stretch[], change: Partial<AvailabilityInput> = {}) {
  return {
    stretches,
    contacts: [],
    watchedFrom: Math.min(...stretches.map(({ from }) => from)),
    months: monthsUntil(NOW, 2, CALENDAR),
    now: NOW,
    minOutageMs: 0,
    maintenance: [],
    ...change,
  };
}

/** Of March 2026. */
const march = (stretches: readonly Stretch[], change: Partial<AvailabilityInput> = {}) =>
  availabilityOf(input(stretches, change)).months[0] as MonthAvailability;

const hours = (month: MonthAvailability) => ({
  observed: month.observedMs / HOUR,
  lineDown: month.lineDownMs / HOUR,
  unreachable: month.unreachableMs / HOUR,
  localDown: month.localDownMs / HOUR,
  off: month.offMs / HOUR,
  silent: month.silentMs / HOUR,
});
const NONE = { observed: 0, lineDown: 0, unreachable: 0, localDown: 0, off: 0, silent: 0 };

describe('named cases', () => {
  test('an hour down in a hundred observed is 99%; a device that was off is kept apart', () => {
    const [t1, t2, t3] = [MARCH + 10 * HOUR, MARCH + 11 * HOUR, MARCH + 60 * HOUR];
    const t4 = MARCH + 100 * HOUR;
    const t5 = t4 + 40 * HOUR;
    const month = march([
      stretch('up', MARCH, t1),
      stretch('line_down', t1, t2),
      stretch('up', t2, t3, { ended: 'restarted' }),
      stretch('up', t4, t5),
    ]);
    expect(hours(month)).toEqual({ ...NONE, observed: 100, lineDown: 1, off: 40, silent: 334 });
    expect(month).toMatchObject({ share: 0.99, outages: 1 });
    // Of all time until now, 18:00 on the twentieth.
    expect(month.strictShare).toBeCloseTo(99 / (19 * 24 + 18), 10);
  });

  test('the line is up when any device says so, and when its collector alone was away', () => {
    const month = march([
      stretch('line_down', MARCH, MARCH + 4 * HOUR),
      stretch('up', MARCH + HOUR, MARCH + 2 * HOUR, { deviceId: 'B' }),
      stretch('collector_down', MARCH + 3 * HOUR, MARCH + 5 * HOUR, { deviceId: 'B' }),
    ]);
    expect(hours(month)).toMatchObject({ observed: 5, lineDown: 2 });
    expect(month).toMatchObject({ outages: 2, collectorDownMs: 2 * HOUR });
  });

  test('what is no outage of the line is not counted for or against it', () => {
    const month = march([
      stretch('up', MARCH, MARCH + HOUR),
      stretch('local_down', MARCH + HOUR, MARCH + 3 * HOUR),
      stretch('unreachable', MARCH + 3 * HOUR, MARCH + 6 * HOUR),
      stretch('up', MARCH + 6 * HOUR, MARCH + 7 * HOUR),
    ]);
    expect(hours(month)).toMatchObject({ observed: 2, localDown: 2, unreachable: 3 });
    expect(month).toMatchObject({ share: 1, outages: 0 });
  });

  test('a contact since the last record says that the line was up until then', () => {
    const month = march([stretch('up', MARCH, NOW - 2 * HOUR)], {
      contacts: [{ from: NOW - 2 * HOUR, to: NOW }],
    });
    expect(month).toMatchObject({ silentMs: 0, share: 1, strictShare: 1 });
  });

  test('shorter than the least that counts is time up, and is still told', () => {
    const down = [
      stretch('up', MARCH, MARCH + HOUR),
      stretch('line_down', MARCH + HOUR, MARCH + HOUR + 59 * SECOND),
      stretch('up', MARCH + HOUR + 59 * SECOND, MARCH + 2 * HOUR),
      stretch('line_down', MARCH + 2 * HOUR, MARCH + 2 * HOUR + 60 * SECOND),
      stretch('up', MARCH + 2 * HOUR + 60 * SECOND, MARCH + 3 * HOUR),
    ];
    const found = availabilityOf(input(down, { minOutageMs: 60 * SECOND }));
    expect(found.months[0]).toMatchObject({ lineDownMs: 60 * SECOND, outages: 1 });
    expect(
      found.outages.filter(({ kind }) => kind === 'line_down').map(({ counted }) => counted),
    ).toEqual([true, false]);
  });

  test('planned maintenance is left out; what lies around it is one outage', () => {
    const t = MARCH + 10 * HOUR;
    const down = [
      stretch('up', MARCH, t),
      stretch('line_down', t, t + 4 * HOUR),
      stretch('up', t + 4 * HOUR, t + 10 * HOUR),
    ];
    const planned = (from: number, to: number) => [{ from: t + from * HOUR, to: t + to * HOUR }];
    const inside = march(down, { maintenance: planned(1, 3) });
    expect(hours(inside)).toMatchObject({ observed: 18, lineDown: 2 });
    expect(inside).toMatchObject({ maintenanceMs: 2 * HOUR, outages: 1 });
    const all = availabilityOf(input(down, { maintenance: planned(-1, 5) }));
    expect(all.months[0]).toMatchObject({ lineDownMs: 0, outages: 0, share: 1 });
    expect(all.outages.find(({ kind }) => kind === 'line_down')?.counted).toBe(false);
  });

  test('an outage over the turn of a month is in both, for its part, and one in the list', () => {
    const down = [
      stretch('up', MARCH - 20 * HOUR, MARCH - 2 * HOUR),
      stretch('line_down', MARCH - 2 * HOUR, MARCH - HOUR, { ended: 'continues' }),
      stretch('line_down', MARCH - HOUR, MARCH + HOUR),
      stretch('up', MARCH + HOUR, MARCH + 19 * HOUR),
    ];
    const { months, outages } = availabilityOf(input(down));
    expect(months.map(({ lineDownMs, outages: n }) => [lineDownMs / HOUR, n])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(outages.filter(({ kind }) => kind === 'line_down')).toMatchObject([
      { from: MARCH - 2 * HOUR, to: MARCH + HOUR },
    ]);
  });

  test('how uncertain its ends are comes from the records at them', () => {
    const t = MARCH + HOUR;
    const { outages } = availabilityOf(
      input([
        stretch('up', MARCH, t),
        stretch('line_down', t, t + HOUR, { startUncertaintyMs: 25_000 }),
        stretch('up', t + HOUR, t + 2 * HOUR, { startUncertaintyMs: 40_000 }),
      ]),
    );
    expect(outages.find(({ kind }) => kind === 'line_down')).toMatchObject({
      startUncertaintyMs: 25_000,
      endUncertaintyMs: 40_000,
    });
  });

  test('without a watch there is no percentage, and no time that could count against the line', () => {
    const { months, outages } = availabilityOf(input([], { watchedFrom: undefined }));
    expect(outages).toEqual([]);
    for (const month of months) {
      expect(month).toMatchObject({ share: null, strictShare: null, silentMs: 0, offMs: 0 });
    }
  });

  test('silence is told once it is more than the time between two contacts', () => {
    const kinds = (ago: number) =>
      availabilityOf(input([stretch('up', MARCH, NOW - ago)])).outages.map(({ kind }) => kind);
    expect(kinds(599 * SECOND)).toEqual([]);
    expect(kinds(600 * SECOND)).toEqual(['silent']);
  });
});

describe('months', () => {
  test('are those of Amsterdam, clock changes included', () => {
    const months = monthsUntil(at('2026-12-31T23:30:00'), 12, CALENDAR);
    expect(months.map(({ month }) => month)[0]).toBe('2026-12');
    expect(
      months.map(({ month, from, to }) => [month.slice(5), (to - from) / HOUR]).toReversed(),
    ).toEqual([
      ['01', 744],
      ['02', 672],
      ['03', 743],
      ['04', 720],
      ['05', 744],
      ['06', 720],
      ['07', 744],
      ['08', 744],
      ['09', 720],
      ['10', 745],
      ['11', 720],
      ['12', 744],
    ]);
    expect(monthsUntil(at('2027-01-01T00:00:00'), 1, CALENDAR)[0]?.month).toBe('2027-01');
  });

  test('follow one another without a gap, whenever it is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2060, 0) }),
        fc.integer({ min: 1, max: 40 }),
        (now, count) => {
          const months = monthsUntil(now, count, CALENDAR);
          expect(months).toHaveLength(count);
          expect(months[0]?.from).toBeLessThanOrEqual(now);
          expect(months[0]?.to).toBeGreaterThan(now);
          for (const [index, { from }] of months.entries()) {
            expect(new Date(from).toLocaleString('sv', { timeZone: 'Europe/Amsterdam' })).toMatch(
              /-01 00:00:00$/,
            );
            const before = months[index + 1];
            if (before !== undefined) expect(before.to).toBe(from);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

const span = fc
  .tuple(fc.integer({ min: -900, max: 500 }), fc.integer({ min: 0, max: 300 }))
  .map(
    ([from, length]): Span => ({ from: MARCH + from * HOUR, to: MARCH + (from + length) * HOUR }),
  );
const anyStretch: fc.Arbitrary<Stretch> = fc
  .tuple(span, fc.constantFrom(...LINE_STATES), fc.constantFrom('A', 'B', 'C'))
  .map(([{ from, to }, state, deviceId]) => stretch(state, from, to, { deviceId }));
const anyInput = fc
  .record({
    stretches: fc.array(anyStretch, { maxLength: 30 }),
    contacts: fc.array(span, { maxLength: 3 }),
    maintenance: fc.array(span, { maxLength: 4 }),
    minOutageMs: fc.constantFrom(0, HOUR, 20 * HOUR),
  })
  .map(({ stretches, ...change }) =>
    input(stretches, {
      ...change,
      watchedFrom:
        stretches.length === 0 ? undefined : Math.min(...stretches.map(({ from }) => from)),
    }),
  );

describe('of any records', () => {
  test('percentages lie within 0 and 100, the strict one is never the better', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        for (const { share, strictShare, observedMs } of availabilityOf(any).months) {
          if (share === null) {
            expect(observedMs).toBe(0);
            continue;
          }
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
          expect(strictShare).toBeGreaterThanOrEqual(0);
          expect(strictShare ?? 2).toBeLessThanOrEqual(share + 1e-12);
        }
      }),
    );
  });

  test('the parts of a month add up to the time that was watched of it', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        for (const month of availabilityOf(any).months) {
          const { observedMs, unreachableMs, localDownMs, offMs, silentMs, maintenanceMs } = month;
          const watched =
            Math.min(month.to, NOW) -
            Math.max(month.from, any.watchedFrom ?? Number.POSITIVE_INFINITY);
          expect(observedMs + unreachableMs + localDownMs + offMs + silentMs + maintenanceMs).toBe(
            Math.max(0, watched),
          );
        }
      }),
    );
  });

  test('the order of arrival does not matter', () => {
    fc.assert(
      fc.property(anyInput, fc.infiniteStream(fc.nat()), (any, chance) => {
        const shuffled = any.stretches
          .map((each) => ({ each, key: chance.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        expect(availabilityOf({ ...any, stretches: shuffled })).toEqual(availabilityOf(any));
      }),
    );
  });

  test('a stretch in two records is the same as in one', () => {
    fc.assert(
      fc.property(anyInput, fc.double({ min: 0, max: 1, noNaN: true }), (any, where) => {
        const split = any.stretches.flatMap((each) => {
          const middle = Math.round(each.from + (each.to - each.from) * where);
          return [
            { ...each, to: middle, ended: 'continues' as const },
            { ...each, from: middle },
          ];
        });
        expect(availabilityOf({ ...any, stretches: split })).toEqual(availabilityOf(any));
      }),
    );
  });

  test('the same record twice is one', () => {
    fc.assert(
      fc.property(anyInput, (any) => {
        const twice = [...any.stretches, ...any.stretches];
        expect(availabilityOf({ ...any, stretches: twice })).toEqual(availabilityOf(any));
      }),
    );
  });

  test('another device that says up never worsens the percentage', () => {
    fc.assert(
      fc.property(anyInput, span, (any, up) => {
        const more = [...any.stretches, stretch('up', up.from, up.to, { deviceId: 'D' })];
        const [before, after] = [any.stretches, more].map((stretches) =>
          availabilityOf({ ...any, stretches, minOutageMs: 0, watchedFrom: MARCH - 900 * HOUR }),
        );
        for (const [index, month] of (after?.months ?? []).entries()) {
          const was = before?.months[index];
          if (month.share !== null && was?.share != null) {
            expect(month.share).toBeGreaterThanOrEqual(was.share - 1e-12);
          }
        }
      }),
    );
  });
});
