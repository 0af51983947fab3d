// The plan of an import, over any country before and any files.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planImport } from '#collector/import/plan.ts';
import type { ImportedFacts } from '#collector/import/read-files.ts';
import type {
  KnownLocation,
  RegistryChanges,
  RegistryState,
} from '#collector/registry/registry.ts';
import type { Location } from '#shared/model/location.ts';

const NOW = Date.parse('2026-03-20T17:00:00Z');

const location: fc.Arbitrary<Location> = fc
  .record({
    number: fc.nat(9),
    boardId: fc.constantFrom('41234', '40505'),
    name: fc.constantFrom('A', 'B'),
    province: fc.constantFrom('Fryslân', 'Zeeland'),
    sector: fc.constantFrom('po', 'vo', undefined),
    houseNumber: fc.constantFrom('1', '2', undefined),
  })
  .map(({ number, houseNumber, sector, ...rest }) => ({
    id: `16SW0${number}`,
    postalCode: '5831CR',
    ...rest,
    ...(sector === undefined ? {} : { sector }),
    ...(houseNumber === undefined ? {} : { houseNumber }),
  }));
const files: fc.Arbitrary<ImportedFacts> = fc.record({
  locations: fc.uniqueArray(location, { selector: ({ id }) => id, maxLength: 10 }),
  boards: fc.constant([{ id: '41234', name: 'Een' }]),
  pupils: fc
    .dictionary(fc.constantFrom('16SW01', '16SW02', '99ZZ00'), fc.nat(900))
    .map((counts) => new Map(Object.entries(counts).map(([id, n]) => [id, { least: n, most: n }]))),
  transitions: fc.array(
    fc.tuple(fc.nat(9), fc.nat(9)).map(([a, b]) => ({ from: `16SW0${a}`, to: `16SW0${b}` })),
    { maxLength: 4 },
  ),
  postcodes: fc.constant([]),
  notes: fc.constant([]),
});
const EMPTY: RegistryState = { boards: [], locations: [] };
const merges = fc.constantFrom(undefined, 'proposed' as const);
const options = (merge: 'proposed' | undefined) => (merge === undefined ? {} : { merge });

test('the same files a second time change nothing', () => {
  fc.assert(
    fc.property(files, files, merges, (before, after, merge) => {
      const first = applied(EMPTY, planImport(before, EMPTY, NOW).changes);
      const second = applied(first, planImport(after, first, NOW + 1, options(merge)).changes);
      const { plan, changes } = planImport(after, second, NOW + 2);
      expect(plan.locations).toMatchObject({ added: [], changed: [], closed: [], reopened: [] });
      expect(changes).toEqual({ boards: [], locations: [], closed: [], reopened: [], merged: [] });
    }),
  );
});

test('all that is in the files is open after it, and nothing outside their sectors and provinces is closed', () => {
  fc.assert(
    fc.property(files, files, merges, (before, after, merge) => {
      const first = applied(EMPTY, planImport(before, EMPTY, NOW).changes);
      const { plan, changes } = planImport(after, first, NOW + 1, options(merge));
      const second = applied(first, changes);
      const open = new Set(second.locations.filter((each) => !each.closed).map(({ id }) => id));
      for (const { id } of after.locations) expect(open).toContain(id);
      for (const was of first.locations) {
        const isCovered = after.locations.some(
          ({ sector, province }) =>
            sector !== undefined && sector === was.sector && province === was.province,
        );
        const isListed = after.locations.some(({ id }) => id === was.id);
        if (!isListed && isCovered) expect(open).not.toContain(was.id);
        if (!isListed && !isCovered && was.closed === undefined) expect(open).toContain(was.id);
      }
      const gone = plan.locations.merged.filter((each) => each.applied);
      for (const { from, to } of gone) {
        expect(open).not.toContain(from);
        expect(open).toContain(to);
      }
    }),
  );
});

test('the counts of the plan add up to the files', () => {
  fc.assert(
    fc.property(files, files, (before, after) => {
      const first = applied(EMPTY, planImport(before, EMPTY, NOW).changes);
      const { locations } = planImport(after, first, NOW + 1).plan;
      const { added, changed, unchanged } = locations;
      const told = added.length + changed.length + unchanged;
      const onlyCounted = [...after.pupils.keys()].filter(
        (id) =>
          !after.locations.some((each) => each.id === id) &&
          first.locations.some((each) => each.id === id && each.closed === undefined),
      ).length;
      expect(told).toBe(after.locations.length + onlyCounted);
    }),
  );
});

test('a new code stands where the one before it at that address stood, and nowhere else', () => {
  const coordinates = { latitude: 53.1, longitude: 5.8, source: 'postcode_file' } as const;
  const school = {
    boardId: '41234',
    name: 'A',
    province: 'Fryslân',
    sector: 'po',
    postalCode: '9001CR',
    houseNumber: '2-a',
  } as const;
  const known = { ...school, id: '16SW00', coordinates, createdAt: NOW, devices: 1 };
  const { changes } = planImport(
    {
      ...{ boards: [], pupils: new Map(), transitions: [], postcodes: [], notes: [] },
      locations: [
        { ...school, id: '77ZZ00' },
        { ...school, id: '77ZZ01', houseNumber: '2-b' },
        { ...school, id: '77ZZ02', postalCode: '9001CS' },
      ],
    },
    { boards: [], locations: [known] },
    NOW,
  );
  const places = changes.locations.map(({ id, coordinates: place }) => [id, place]);
  expect(places).toEqual([
    ['77ZZ00', coordinates],
    ['77ZZ01', undefined],
    ['77ZZ02', undefined],
  ]);
});

/** As the registry does it. */
function applied(state: RegistryState, changes: RegistryChanges): RegistryState {
  const boards = new Map(state.boards.map((board) => [board.id, board]));
  for (const board of changes.boards) boards.set(board.id, board);
  const known = new Map(state.locations.map((each) => [each.id, each]));
  for (const each of changes.locations) {
    const before = known.get(each.id);
    const { createdAt = NOW, devices = 0, closed } = before ?? {};
    known.set(each.id, {
      ...each,
      createdAt,
      devices,
      ...(closed === undefined ? {} : { closed }),
    });
  }
  const set = (id: string, closed: KnownLocation['closed']) => {
    const before = known.get(id);
    if (before === undefined) throw new Error(`${id} is not known`);
    const { closed: _, ...rest } = before;
    known.set(id, { ...rest, ...(closed === undefined ? {} : { closed }) });
  };
  const iso = (at: number) => new Date(at).toISOString();
  for (const id of changes.reopened) set(id, undefined);
  for (const { id, at } of changes.closed) set(id, { at: iso(at) });
  for (const { from, to, at } of changes.merged) set(from, { at: iso(at), successorId: to });
  return { boards: [...boards.values()], locations: [...known.values()] };
}
