import { expect, test } from 'vitest';
import { FakeClock } from '#test/support/fake-clock.ts';
import { BOARDS, LOCATIONS, openTestRegistry } from '#test/support/registry.ts';

const byId = <T extends { id: string }>(items: readonly T[]) =>
  [...items].sort((a, b) => (a.id < b.id ? -1 : 1));

test('gives back what was imported, optional parts absent where they were', async () => {
  await using open = await openTestRegistry(new FakeClock());
  expect(await open.registry.boards(undefined)).toEqual(byId(BOARDS));
  expect(await open.registry.locations(undefined)).toEqual(byId(LOCATIONS));
  expect(await open.registry.location('16SW03')).toEqual(LOCATIONS[0]);
  expect(await open.registry.location('99ZZ99')).toBeUndefined();
});

test('a scope narrows boards and locations; an empty one sees nothing', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const scope = ['40001', '49999'];
  expect((await open.registry.boards(scope)).map((b) => b.id)).toEqual(['40001']);
  expect((await open.registry.locations(scope)).map((l) => l.id)).toEqual(['00AA00']);
  expect(await open.registry.boards([])).toEqual([]);
  expect(await open.registry.locations([])).toEqual([]);
});

test('counts what is new, changed and the same; a second time all is the same', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const same = await open.registry.importLocations(BOARDS, LOCATIONS);
  expect(same).toEqual({
    boards: { added: 0, changed: 0, unchanged: 2 },
    locations: { added: 0, changed: 0, unchanged: 3 },
  });
  const counts = await open.registry.importLocations(
    [{ id: '41234', name: 'Stichting De Peel en omstreken' }],
    [
      { id: '16SW03', boardId: '40001', name: 'De Peelschool' },
      { id: '16SW05', boardId: '41234', name: 'Nieuw' },
    ],
  );
  expect(counts).toEqual({
    boards: { added: 0, changed: 1, unchanged: 0 },
    locations: { added: 1, changed: 1, unchanged: 0 },
  });
  // The street was not in this file, and is kept.
  expect(await open.registry.location('16SW03')).toEqual({ ...LOCATIONS[0], boardId: '40001' });
  expect((await open.registry.boards(['41234']))[0]?.name).toBe('Stichting De Peel en omstreken');
});

test('a preview counts and changes nothing', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const counts = await open.registry.importLocations(
    [{ id: '45678', name: 'Nieuw bestuur' }],
    [{ id: '16SW03', boardId: '45678', name: 'Anders' }],
    true,
  );
  expect(counts).toEqual({
    boards: { added: 1, changed: 0, unchanged: 0 },
    locations: { added: 0, changed: 1, unchanged: 0 },
  });
  expect(await open.registry.location('16SW03')).toEqual(LOCATIONS[0]);
  expect((await open.registry.boards(undefined)).length).toBe(2);
});

test('a location of an unknown board is refused by name, and all with it', async () => {
  await using open = await openTestRegistry(new FakeClock());
  await expect(
    open.registry.importLocations(
      [{ id: '45678', name: 'Nieuw bestuur' }],
      [
        { id: '16SW05', boardId: '45678', name: 'Goed' },
        { id: '16SW06', boardId: '49999', name: 'Van wie?' },
      ],
    ),
  ).rejects.toMatchObject({
    code: 'bad_import',
    message: expect.stringContaining('16SW06 belongs to board 49999'),
  });
  expect((await open.registry.boards(undefined)).length).toBe(2);
  expect(await open.registry.location('16SW05')).toBeUndefined();
});

test('takes the whole country in one import', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const boards = Array.from({ length: 1200 }, (_, i) => ({ id: `${50_000 + i}`, name: `B ${i}` }));
  const locations = Array.from({ length: 9000 }, (_, i) => ({
    id: `${String(i % 100).padStart(2, '0')}XY${String(Math.floor(i / 100)).padStart(2, '0')}`,
    boardId: `${50_000 + (i % 1200)}`,
    name: `Locatie ${i}`,
    pupils: i,
  }));
  const counts = await open.registry.importLocations(boards, locations);
  expect(counts.locations).toEqual({ added: 9000, changed: 0, unchanged: 0 });
  expect((await open.registry.locations(undefined)).length).toBe(9003);
  expect((await open.registry.locations(boards.map((b) => b.id))).length).toBe(9000);
});
