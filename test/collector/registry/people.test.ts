import { expect, test } from 'vitest';
import type { Person } from '#shared/wire/api.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const OPERATOR: Person = {
  id: 'p1',
  email: 'Beheer@Example.nl',
  name: 'Beheer',
  role: 'operator',
  boardIds: null,
};
const READER: Person = {
  id: 'p2',
  email: 'lezer@example.nl',
  name: 'Lezer',
  role: 'reader',
  boardIds: ['40001', '41234'],
};
const NOBODY: Person = { ...READER, id: 'p3', email: 'nieuw@example.nl', boardIds: [] };

test('people come back with their boards: all, some or none', async () => {
  await using open = await openTestRegistry(new FakeClock());
  for (const person of [READER, OPERATOR, NOBODY]) await open.registry.addPerson(person, 'phc');
  expect(await open.registry.people()).toEqual([OPERATOR, READER, NOBODY]);
  expect(await open.registry.person('p2')).toEqual(READER);
  expect(await open.registry.person('p9')).toBeUndefined();
});

test('an address is taken in whatever case, and found in any', async () => {
  await using open = await openTestRegistry(new FakeClock());
  await open.registry.addPerson(OPERATOR, '$argon2id$1');
  await expect(
    open.registry.addPerson({ ...READER, email: 'BEHEER@example.NL' }, 'phc'),
  ).rejects.toMatchObject({ code: 'conflict' });
  expect(await open.registry.credentials('beheer@EXAMPLE.nl')).toEqual({
    person: OPERATOR,
    passwordHash: '$argon2id$1',
  });
  expect(await open.registry.credentials('wie@example.nl')).toBeUndefined();
});

test('a session ends at its time or when removed', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  await open.registry.addPerson(READER, 'phc');
  const now = clock.now();
  await open.registry.addSession('h1', 'p2', now + 1000);
  await open.registry.addSession('h2', 'p2', now + 2000);
  expect(await open.registry.sessionPerson('h1', now + 999)).toEqual(READER);
  expect(await open.registry.sessionPerson('h1', now + 1000)).toBeUndefined();
  expect(await open.registry.sessionPerson('h9', now)).toBeUndefined();
  await open.registry.removeSession('h2');
  expect(await open.registry.sessionPerson('h2', now)).toBeUndefined();
  // Ended ones are cleared away with the next.
  clock.step(1500);
  await open.registry.addSession('h3', 'p2', now + 9000);
  expect(await open.registry.sessionPerson('h1', now)).toBeUndefined();
});

test('facts are set, changed and removed', async () => {
  await using open = await openTestRegistry(new FakeClock());
  expect(await open.registry.fact('a')).toBeUndefined();
  await open.registry.setFact('a', '1');
  await open.registry.setFact('a', '2');
  expect(await open.registry.fact('a')).toBe('2');
  await open.registry.setFact('a', undefined);
  await open.registry.setFact('never', undefined);
  expect(await open.registry.fact('a')).toBeUndefined();
});
