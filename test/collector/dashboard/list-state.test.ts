import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DEFAULT_STATE,
  formatListState,
  type ListState,
  parseListState,
  SORT_KEYS,
  VERDICT_ORDER,
  withFilter,
  withSort,
  withVerdictToggled,
} from '#collector/dashboard/src/lib/list-state.ts';
import { OUTCOMES } from '#shared/model/verdict.ts';

const listState: fc.Arbitrary<ListState> = fc.record({
  text: fc.string({ unit: 'grapheme' }),
  verdicts: fc.subarray([...VERDICT_ORDER]),
  sort: fc.record({ key: fc.constantFrom(...SORT_KEYS), descending: fc.boolean() }),
  page: fc.integer({ min: 1, max: 1e6 }),
});

test('an address says the whole state and nothing but the state', () => {
  fc.assert(
    fc.property(listState, (state) => {
      expect(parseListState(formatListState(state))).toEqual(state);
    }),
  );
});

test('the address of the list as it opens is bare, and a changed one is readable', () => {
  expect(formatListState(DEFAULT_STATE)).toBe('');
  const state = { ...DEFAULT_STATE, text: 'de peel', page: 2 };
  expect(formatListState({ ...state, verdicts: ['below', 'unfit'] })).toBe(
    '?q=de+peel&verdict=below,unfit&page=2',
  );
});

test.each([
  '?verdict=worst,below,below',
  '?verdict=below&page=0',
  '?verdict=below&page=-1&sort=pupils',
  '?verdict=below&page=1e99&sort=-',
  '?verdict=below&page=1.5',
])('what %s says wrongly is the default', (search) => {
  expect(parseListState(search)).toEqual({ ...DEFAULT_STATE, verdicts: ['below'] });
});

test('any address gives a state', () => {
  fc.assert(
    fc.property(fc.string(), (search) => {
      const state = parseListState(`?${search}`);
      expect(state.page).toBeGreaterThan(0);
      expect(SORT_KEYS).toContain(state.sort.key);
    }),
  );
});

test('every verdict has its place in the order', () => {
  expect([...VERDICT_ORDER].sort()).toEqual([...OUTCOMES].sort());
});

test('another filter or order starts at the first page', () => {
  const state = { ...DEFAULT_STATE, page: 7 };
  expect(withFilter(state, { text: 'a' }).page).toBe(1);
  expect(withVerdictToggled(state, 'below')).toEqual({ ...state, verdicts: ['below'], page: 1 });
  expect(withVerdictToggled(withVerdictToggled(state, 'below'), 'below').verdicts).toEqual([]);
});

test('the same column again turns the order round', () => {
  const once = withSort(DEFAULT_STATE, 'download');
  expect(once.sort).toEqual({ key: 'download', descending: false });
  expect(withSort(once, 'download').sort.descending).toBe(true);
  expect(withSort(withSort(once, 'download'), 'name').sort).toEqual({
    key: 'name',
    descending: false,
  });
});
