import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type EndedStretch,
  endWatch,
  HOLD_MS,
  isLineUp,
  NOTHING_SEEN,
  observe,
  type Sign,
} from '#agent/availability/watch.ts';
import { LINE_STATES, type LineState, MAX_STRETCH_MS } from '#shared/model/availability.ts';

const S = 1_000;
const MINUTE = 60 * S;
const HOUR = 60 * MINUTE;

/** All that the signs come to, the open stretch at its last sign included. */
function watched(signs: readonly Sign[]): readonly EndedStretch[] {
  let count = 0;
  let watch = NOTHING_SEEN;
  const ended: EndedStretch[] = [];
  for (const sign of signs) {
    const step = observe(watch, sign, () => `s${count++}`);
    watch = step.watch;
    ended.push(...step.ended);
  }
  return [...ended, ...endWatch(watch, 'stopped')];
}

const sign = (state: LineState, atS: number, sinceS?: number): Sign => ({
  state,
  atMs: atS * S,
  ...(sinceS === undefined ? {} : { sinceMs: sinceS * S }),
});

const told = (stretches: readonly EndedStretch[]) =>
  stretches.map(({ state, sinceMs, untilMs, ended }) => [state, sinceMs / S, untilMs / S, ended]);

test('an outage begins when it was first asked in vain and ends at the first answer', () => {
  const stretches = watched([
    sign('up', 0),
    sign('up', 25),
    sign('line_down', 56, 50),
    sign('line_down', 62, 50),
    sign('line_down', 80),
    sign('up', 95),
    sign('up', 120),
  ]);
  expect(told(stretches)).toEqual([
    ['up', 0, 50, 'changed'],
    ['line_down', 50, 95, 'changed'],
    ['up', 95, 120, 'stopped'],
  ]);
  // It went down between 25 and 50, and came back between 80 and 95.
  expect(stretches.map(({ startUncertaintyMs }) => startUncertaintyMs)).toEqual([
    undefined,
    25 * S,
    15 * S,
  ]);
});

test('one look in vain is no outage', () => {
  const stretches = watched([sign('up', 0), sign('line_down', 30), sign('up', 33), sign('up', 60)]);
  expect(told(stretches)).toEqual([['up', 0, 60, 'stopped']]);
});

test('a ping in vain and a look in vain are two signs', () => {
  const stretches = watched([sign('up', 0), sign('line_down', 31, 25), sign('up', 34)]);
  expect(told(stretches)).toEqual([
    ['up', 0, 25, 'changed'],
    ['line_down', 25, 34, 'changed'],
    ['up', 34, 34, 'stopped'],
  ]);
});

test('the cause that two looks agree on counts from the first look in vain', () => {
  const stretches = watched([
    sign('up', 0),
    sign('line_down', 20),
    sign('local_down', 30),
    sign('local_down', 40),
    sign('up', 50),
    sign('up', 51),
  ]);
  expect(told(stretches)).toEqual([
    ['up', 0, 20, 'changed'],
    ['local_down', 20, 50, 'changed'],
    ['up', 50, 51, 'stopped'],
  ]);
});

test('an answer of anything beyond the line ends an outage at once; the collector needs two looks', () => {
  const stretches = watched([
    sign('line_down', 0),
    sign('line_down', 3),
    sign('collector_down', 20),
    sign('up', 40),
    sign('collector_down', 50),
    sign('collector_down', 53),
    sign('line_down', 60),
    sign('line_down', 63),
  ]);
  expect(told(stretches)).toEqual([
    ['line_down', 0, 20, 'changed'],
    ['collector_down', 20, 40, 'changed'],
    ['up', 40, 50, 'changed'],
    ['collector_down', 50, 60, 'changed'],
    ['line_down', 60, 63, 'stopped'],
  ]);
});

test('without a sign for longer than it holds nothing is claimed', () => {
  const stretches = watched([sign('up', 0), sign('up', 25), sign('up', 400), sign('up', 425)]);
  expect(told(stretches)).toEqual([
    ['up', 0, 25, 'paused'],
    ['up', 400, 425, 'stopped'],
  ]);
});

test('a day up is four records, an hour down one', () => {
  const every25 = Array.from({ length: (24 * HOUR) / (25 * S) + 1 }, (_, at) =>
    sign('up', 25 * at),
  );
  const up = watched(every25);
  expect(up.map(({ ended }) => ended)).toEqual(
    [...Array(4).fill('continues'), 'stopped'].slice(-up.length),
  );
  expect(up.length).toBeLessThanOrEqual(5);
  const down = watched(Array.from({ length: 5 * 60 + 1 }, (_, at) => sign('line_down', 60 * at)));
  expect(
    down.filter(({ ended }) => ended === 'continues').map(({ untilMs }) => untilMs / HOUR),
  ).toEqual([1, 2, 3, 4, 5]);
});

test('any signs: stretches follow one another, overlap nowhere, and claim nothing without a sign', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          state: fc.constantFrom(...LINE_STATES),
          afterMs: fc.oneof(
            { weight: 8, arbitrary: fc.integer({ min: 0, max: MINUTE }) },
            { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 * HOUR }) },
          ),
          heldMs: fc.integer({ min: 0, max: 50 * S }),
        }),
        { maxLength: 300 },
      ),
      (steps) => {
        let atMs = 0;
        const signs = steps.map(({ state, afterMs, heldMs }) => {
          atMs += afterMs;
          return { state, atMs, sinceMs: isLineUp(state) ? atMs : Math.max(0, atMs - heldMs) };
        });
        const stretches = watched(signs);
        expect(new Set(stretches.map(({ id }) => id)).size).toBe(stretches.length);
        for (const [index, { sinceMs, untilMs, state, ended, looks }] of stretches.entries()) {
          expect(untilMs).toBeGreaterThanOrEqual(sinceMs);
          expect(untilMs - sinceMs).toBeLessThanOrEqual(MAX_STRETCH_MS);
          expect(looks).toBeGreaterThanOrEqual(1);
          const next = stretches[index + 1];
          if (next === undefined) continue;
          if (ended === 'paused') expect(next.sinceMs).toBeGreaterThan(untilMs);
          else expect(next.sinceMs).toBe(untilMs);
          if (ended === 'changed') expect(next.state).not.toBe(state);
          // Down takes two signs.
          if (!isLineUp(state) && ended === 'changed') {
            expect(signs.filter((each) => each.state === state).length).toBeGreaterThanOrEqual(1);
          }
        }
        // Each moment that is claimed lies within the hold of some sign.
        for (const { sinceMs, untilMs } of stretches) {
          const inside = signs.filter(
            (each) => each.atMs >= sinceMs - HOLD_MS && each.atMs <= untilMs + HOLD_MS,
          );
          expect(inside.length).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a line that always answers within the hold is never anything but up', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: HOLD_MS }), { minLength: 1 }), (gaps) => {
      let atMs = 0;
      const signs = gaps.map((gap) => {
        atMs += gap;
        return { state: 'up' as const, atMs };
      });
      const stretches = watched(signs);
      expect(stretches.every(({ state }) => state === 'up')).toBe(true);
      expect(stretches.some(({ ended }) => ended === 'paused')).toBe(false);
    }),
  );
});
