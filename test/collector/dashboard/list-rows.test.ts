import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexLocations, listPage, sortLocations } from '#collector/dashboard/src/lib/list-rows.ts';
import { DEFAULT_STATE, SORT_KEYS, type SortKey } from '#collector/dashboard/src/lib/list-state.ts';
import { OUTCOMES } from '#shared/model/verdict.ts';
import { locationView, measuredAt } from './locations.ts';

const zoe = locationView('08QR02', { name: 'Basisschool De Zoë', city: 'Deurne' });
const peel = locationView('16SW03', { name: 'De Peelschool', outcome: 'below' });
const noord = locationView('00AP00', {
  name: "'t Noorden",
  board: { id: '40001', name: 'Vereniging Noord' },
  outcome: 'unfit',
});
const index = indexLocations([zoe, peel, noord]);
const ids = (page: { rows: readonly { id: string }[] }) => page.rows.map(({ id }) => id);

test.each([
  ['zoe', ['08QR02']],
  ['ZOË', ['08QR02']],
  ['deurne', ['08QR02']],
  ['00ap', ['00AP00']],
  ['vereniging', ['00AP00']],
  ['peel 16sw', ['16SW03']],
  ['  ', ['16SW03', '00AP00', '08QR02']],
  ['nergens', []],
])('%s finds %j', (text, found) => {
  expect(ids(listPage(index, { ...DEFAULT_STATE, text }))).toEqual(found);
});

test('counts are of what the text finds, whatever verdicts are chosen', () => {
  const page = listPage(index, { ...DEFAULT_STATE, verdicts: ['below'] });
  expect(ids(page)).toEqual(['16SW03']);
  expect(page.counts).toMatchObject({ below: 1, unfit: 1, meets: 1, no_data: 0 });
  expect(listPage(index, { ...DEFAULT_STATE, text: 'zoe' }).counts.below).toBe(0);
});

test('the worst come first, and what is unknown last in either order', () => {
  expect(ids(listPage(index, DEFAULT_STATE))).toEqual(['16SW03', '00AP00', '08QR02']);
  const measured = [measuredAt('01AA01', 92.5), zoe, measuredAt('01AA02', 528)];
  const by = (descending: boolean) =>
    sortLocations(measured, { key: 'download', descending }).map(({ id }) => id);
  expect(by(false)).toEqual(['01AA01', '01AA02', '08QR02']);
  expect(by(true)).toEqual(['01AA02', '01AA01', '08QR02']);
});

test('who is connected had contact last, who never had any is unknown', () => {
  const old = locationView('01AA01', { lastContactAt: '2026-01-01T00:00:00.000Z' });
  const live = locationView('01AA02', { lastContactAt: old.lastContactAt, connected: true });
  const sorted = sortLocations([zoe, live, old], { key: 'contact', descending: false });
  expect(sorted.map(({ id }) => id)).toEqual(['01AA01', '01AA02', '08QR02']);
});

test('names sort as in a Dutch list: accents and case aside, figures by value', () => {
  const named = (id: string, name: string) => locationView(id, { name });
  const sorted = sortLocations(
    [named('01AA01', 'School 10'), named('01AA02', 'école'), named('01AA03', 'School 9')],
    { key: 'name', descending: false },
  );
  expect(sorted.map(({ name }) => name)).toEqual(['école', 'School 9', 'School 10']);
});

test('pages together show each match exactly once, in any order', () => {
  const locations = fc.array(
    fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      connected: fc.boolean(),
      name: fc.constantFrom('A', 'B', 'b'),
    }),
    { maxLength: 60 },
  );
  const sort = fc.record({
    key: fc.constantFrom<SortKey>(...SORT_KEYS),
    descending: fc.boolean(),
  });
  fc.assert(
    fc.property(locations, sort, fc.integer({ min: 1, max: 9 }), (changes, order, size) => {
      const all = changes.map((change, at) => locationView(`01AA${at + 10}`, change));
      const indexed = indexLocations(all);
      const first = listPage(indexed, { ...DEFAULT_STATE, sort: order }, size);
      const shown = Array.from({ length: first.pages }, (_, at) =>
        listPage(indexed, { ...DEFAULT_STATE, sort: order, page: at + 1 }, size),
      ).flatMap(ids);
      expect(shown.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    }),
  );
});

test('a page past the last is the last', () => {
  const page = listPage(index, { ...DEFAULT_STATE, page: 40 }, 2);
  expect([page.page, page.pages, page.rows.length]).toEqual([2, 2, 1]);
});
