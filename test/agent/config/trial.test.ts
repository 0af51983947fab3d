import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AS_INSTALLED,
  type ConfigurationState,
  collectorUnder,
  current,
  knownThere,
  offered,
  proved,
  rolledBack,
  started,
} from '#agent/config/trial.ts';
import { DEFAULT_PLAN } from '#shared/model/plan.ts';

const HOME = { collector: 'https://home.example' };
const MOVED = { collector: 'https://moved.example' };
const budget = { ...DEFAULT_PLAN.budget, dayBytes: 1_000_000_000 };

test('what bears on the way is tried and then kept; what does not is kept at once', () => {
  const tried = offered(AS_INSTALLED, 1, MOVED, HOME);
  expect(tried).toMatchObject({ trial: { version: 1, configuration: MOVED, starts: 0 } });
  expect(collectorUnder(tried, HOME)).toBe('https://moved.example');
  const kept = proved(tried);
  expect(kept).toMatchObject({ good: { version: 1, configuration: MOVED } });
  expect(kept.trial).toBeUndefined();
  const frugal = offered(kept, 2, { ...MOVED, budget }, HOME);
  expect(frugal).toMatchObject({ good: { version: 2, configuration: { ...MOVED, budget } } });
  // What is no longer said is as installed, but for the collector.
  const silent = offered(frugal, 3, {}, HOME);
  expect(silent.good).toMatchObject({ version: 3, configuration: MOVED });
  expect(silent.good?.configuration).not.toHaveProperty('budget');
  // Going back is a change of the way, too.
  const back = offered(silent, 4, HOME, HOME);
  expect(back.trial?.version).toBe(4);
  expect(collectorUnder(back, HOME)).toBe('https://home.example');
});

test('on trial, one that names no collector stays with that of the last good one', () => {
  const good = proved(offered(AS_INSTALLED, 1, MOVED, HOME));
  const bad = offered(good, 2, { collector: 'https://nowhere.example' }, HOME);
  expect(collectorUnder(offered(bad, 3, { budget }, HOME), HOME)).toBe('https://moved.example');
});

test('another collector that numbers from the start: its number 1 is another one, and is taken', () => {
  const moved = proved(offered(AS_INSTALLED, 1, MOVED, HOME));
  // It is known to the collector that gave it, and no number of the new one's.
  expect(knownThere(moved, HOME)).toEqual({});
  const taken = offered(moved, 1, { budget }, HOME);
  expect(taken.good).toMatchObject({ version: 1, configuration: { ...MOVED, budget } });
  expect(knownThere(taken, HOME)).toMatchObject({ good: { version: 1 } });
  expect(offered(taken, 1, { budget: { ...budget } }, HOME)).toBe(taken);
  // The same collector at another address says the same again: nothing changes but who knows it.
  const same = offered(moved, 1, { ...MOVED }, HOME);
  expect(same.good?.configuration).toBe(moved.good?.configuration);
  expect(knownThere(same, HOME)).toMatchObject({ good: { version: 1 } });
});

test('one that was refused is known by what it says, too', () => {
  const state = offered(AS_INSTALLED, 7, { colour: 'blue' }, HOME);
  expect(offered(state, 7, { colour: 'blue' }, HOME)).toBe(state);
  expect(offered(state, 7, { budget }, HOME).good?.configuration).toEqual({ budget });
});

test('one that cuts it off gives way to the one before, and is not tried again', () => {
  const good = proved(offered(AS_INSTALLED, 1, MOVED, HOME));
  const bad = offered(good, 2, { collector: 'https://nowhere.example' }, HOME);
  const back = rolledBack(bad, 'no welcome');
  expect(collectorUnder(back, HOME)).toBe('https://moved.example');
  expect(back.refused).toMatchObject({ version: 2, outcome: 'rolled_back', reason: 'no welcome' });
  expect(offered(back, 2, { collector: 'https://nowhere.example' }, HOME)).toBe(back);
});

test('an agent that ends again and again under a trial goes back, too', () => {
  let state = offered(AS_INSTALLED, 4, { uplink: 'https' }, HOME);
  for (let start = 0; start < 3; start += 1) state = started(state);
  expect(current(state)?.version).toBe(4);
  state = started(state);
  expect(current(state)).toBeUndefined();
  expect(state.refused).toMatchObject({ version: 4, outcome: 'rolled_back' });
  expect(started(proved(state))).toEqual(state);
});

test.each([
  [{ colour: 'blue' }, HOME, 'colour'],
  [{ collector: 'ftp://x.example' }, HOME, 'collector'],
  [{ budget: { ...budget, testBytes: -1 } }, HOME, 'budget.testBytes'],
  ['nonsense', HOME, 'configuration'],
  [{ collector: 'http://home.example' }, HOME, 'may not go from https to http'],
  [MOVED, { ...HOME, fixedCollector: 'https://mine.example' }, 'MEETNET_COLLECTOR'],
])('%j is refused with the reason, and changes nothing', (raw, installed, reason) => {
  const good = proved(offered(AS_INSTALLED, 1, { uplink: 'https' }, HOME));
  const after = offered(good, 2, raw, installed);
  expect(after.good).toEqual(good.good);
  expect(after.trial).toBeUndefined();
  expect(after.refused).toMatchObject({ version: 2, outcome: 'invalid' });
  expect(after.refused?.reason).toContain(reason);
});

test('whatever comes, what is in use is installed, was proved, or is on a bounded trial', () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constant('offer' as const),
      version: fc.integer({ min: 1, max: 6 }),
      raw: fc.constantFrom<unknown>({}, MOVED, { uplink: 'https' }, { budget }, { x: 1 }, 7),
    }),
    fc.record({ type: fc.constantFrom('prove' as const, 'expire' as const, 'start' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let state: ConfigurationState = AS_INSTALLED;
      for (const each of steps) {
        const before = state;
        if (each.type === 'offer') state = offered(state, each.version, each.raw, HOME);
        if (each.type === 'prove') state = proved(state);
        if (each.type === 'expire') state = rolledBack(state, 'late');
        if (each.type === 'start') state = started(state);
        if (each.type !== 'offer' && each.type !== 'prove') expect(state.good).toEqual(before.good);
        expect(state.trial?.starts ?? 0).toBeLessThanOrEqual(3);
        if (each.type === 'expire') expect(state.trial).toBeUndefined();
      }
    }),
  );
});
