// What starts next, over any history of releases taken, starts, welcomes, damage and packages.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AS_PACKAGED,
  chosen,
  crashed,
  damaged,
  isFailed,
  MAX_SHORT_RUNS,
  MAX_STARTS,
  parseSlots,
  proved,
  ranLong,
  rolledBack,
  type SlotState,
  started,
  taken,
  wantedVersions,
} from '#agent/releases/slots.ts';
import { isNewer } from '#shared/release/version-order.ts';

const BASE = '0.1.0+a';
const slot = (version: string, base = BASE) => ({ version, sha256: `of ${version}`, base });
const onTrial = (version: string, state: SlotState = AS_PACKAGED) =>
  taken(state, slot(version), 600);
const at = (version: string) => proved(onTrial(version), version);

test('a trial is started so often, and then the one before it, for good and with the reason', () => {
  let state = onTrial('0.3.0', at('0.2.0'));
  for (let start = 1; start <= MAX_STARTS; start += 1) {
    state = started(state, BASE);
    expect(chosen(state)).toMatchObject({ version: '0.3.0', starts: start });
  }
  state = started(crashed(state, '0.3.0', 'x is not a function'), BASE);
  expect(chosen(state)?.version).toBe('0.2.0');
  expect(state.failures).toEqual([
    {
      version: '0.3.0',
      reason: 'it ended 3 times before the collector welcomed it: x is not a function',
    },
  ]);
});

test('welcomed, it is the current one, and the one before stays behind it', () => {
  const state = proved(started(onTrial('0.3.0', at('0.2.0')), BASE), '0.3.0');
  expect(state).toEqual({ current: slot('0.3.0'), previous: slot('0.2.0'), failures: [] });
  expect(wantedVersions(state)).toEqual(['0.3.0', '0.2.0']);
  // A welcome of the version before it says nothing of the trial.
  const trial = onTrial('0.4.0', state);
  expect(proved(trial, '0.3.0')).toBe(trial);
});

test('welcomed once and crashing ever since: the one before, then as packaged, each with the reason', () => {
  let state = proved(onTrial('0.3.0', at('0.2.0')), '0.3.0');
  const again = (starts: number) => {
    for (let start = 0; start < starts; start += 1) state = started(state, BASE);
    return chosen(state)?.version;
  };
  expect(again(MAX_SHORT_RUNS)).toBe('0.3.0');
  // One run that was long is enough, and of that version alone.
  expect(ranLong(state, '0.2.0')).toBe(state);
  state = ranLong(state, '0.3.0');
  expect(again(MAX_SHORT_RUNS)).toBe('0.3.0');
  state = crashed(state, '0.3.0', 'boom');
  expect(again(1)).toBe('0.2.0');
  expect(again(MAX_SHORT_RUNS - 1)).toBe('0.2.0');
  expect(again(1)).toBeUndefined();
  expect(state.failures).toEqual([
    {
      version: '0.3.0',
      reason: 'crash_loop: it ended 10 times within 10 minutes of its start: boom',
    },
    { version: '0.2.0', reason: 'crash_loop: it ended 10 times within 10 minutes of its start' },
  ]);
});

test('damaged files: the one before, then as packaged', () => {
  const state = onTrial('0.4.0', proved(onTrial('0.3.0', at('0.2.0')), '0.3.0'));
  const versions = [state, damaged(state), damaged(damaged(state))].map((s) => chosen(s)?.version);
  expect(versions).toEqual(['0.4.0', '0.3.0', '0.2.0']);
  const packaged = damaged(damaged(damaged(state)));
  expect(chosen(packaged)).toBeUndefined();
  expect(packaged.failures.map(({ version }) => version)).toEqual(['0.4.0', '0.3.0', '0.2.0']);
});

test('a package that is installed goes before releases that are not newer than it', () => {
  const state = onTrial('0.3.0', at('0.2.0'));
  expect(chosen(started(state, '0.2.5+b'))?.version).toBe('0.3.0');
  expect(started(state, '0.2.5+b').current).toBeUndefined();
  expect(chosen(started(state, '0.3.0+b'))).toBeUndefined();
  // An older release that was taken on purpose stays while the package is the same.
  const back = proved(taken(AS_PACKAGED, slot('0.0.9'), 600), '0.0.9');
  expect(chosen(started(back, BASE))?.version).toBe('0.0.9');
  expect(chosen(started(back, '0.1.1'))).toBeUndefined();
});

const SINGLE_STEPS = [
  'start',
  'welcome',
  'time over',
  'damage',
  'crash',
  'run long',
  'keep',
] as const;
const step = fc.oneof(
  fc.record({ do: fc.constant('take' as const), minor: fc.integer({ min: 0, max: 9 }) }),
  fc.record({
    do: fc.constantFrom(...SINGLE_STEPS),
  }),
  fc.record({ do: fc.constant('package' as const), minor: fc.integer({ min: 0, max: 9 }) }),
);

test('over any history: what failed never starts again, no trial goes on, all survives the disk', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let [state, base]: [SlotState, string] = [AS_PACKAGED, '0.1.0'];
      const failures = new Set<string>();
      for (const each of steps) {
        const running = chosen(state)?.version;
        if (each.do === 'take') {
          const version = `0.${each.minor}.0`;
          if (!isFailed(state, version) && running !== version) {
            state = taken(state, { version, sha256: version, base }, 600);
          }
        } else if (each.do === 'package') base = `0.${each.minor}.0`;
        else if (each.do === 'start') state = started(state, base);
        else if (each.do === 'welcome') state = proved(state, running ?? base);
        else if (each.do === 'time over') state = rolledBack(state, 'late');
        else if (each.do === 'run long') state = ranLong(state, running ?? base);
        else if (each.do === 'damage') state = damaged(state);
        else if (each.do === 'crash') state = crashed(state, running ?? '', 'boom');
        else state = parseSlots(JSON.stringify(state));
        for (const { version } of state.failures) failures.add(version);
        for (const version of failures) {
          expect(isFailed(state, version)).toBe(true);
          expect(state.trial?.version).not.toBe(version);
        }
        expect(state.trial?.starts ?? 0).toBeLessThanOrEqual(MAX_STARTS);
        expect(state.current?.starts ?? 0).toBeLessThanOrEqual(MAX_SHORT_RUNS);
        expect(state.previous === undefined || state.current !== undefined).toBe(true);
      }
      // Left alone, it comes to rest on what is proved, or newer than what is packaged.
      for (let start = 0; start <= MAX_STARTS; start += 1) state = started(state, base);
      expect(state.trial).toBeUndefined();
      const rest = chosen(state);
      if (rest !== undefined) {
        expect(rest.base === base || isNewer(rest.version, base)).toBe(true);
      }
      // What runs long stays; what never does makes way.
      const settled = ranLong(state, rest?.version ?? base);
      expect(ranLong(started(settled, base), rest?.version ?? base)).toEqual(settled);
      for (let start = 0; start < 2 * MAX_SHORT_RUNS; start += 1) state = started(state, base);
      expect(chosen(started(state, base))).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('a file that is no state of ours: as packaged, and never a path out of its folder', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => started(parseSlots(text), BASE)).not.toThrow();
    }),
  );
  const evil = JSON.stringify({ current: slot('../../../tmp/x'), failures: [] });
  expect(parseSlots(evil)).toEqual(AS_PACKAGED);
});
