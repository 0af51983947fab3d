import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boardScope,
  mayAddPerson,
  mayOperate,
  maySeeLocation,
  maySeePerson,
} from '#collector/api/access.ts';
import type { Person } from '#shared/wire/api.ts';

const boardIds = fc.option(fc.uniqueArray(fc.constantFrom('40001', '40002', '40003')));
const person: fc.Arbitrary<Person> = fc.record({
  id: fc.uuid(),
  email: fc.constant('p@example.nl'),
  name: fc.constant('P'),
  role: fc.constantFrom('operator' as const, 'reader' as const),
  boardIds,
});

test('what a query is narrowed to and what a location shows are the same decision', () => {
  fc.assert(
    fc.property(person, fc.constantFrom('40001', '40002', '40003'), (viewer, boardId) => {
      const scope = boardScope(viewer);
      expect(maySeeLocation(viewer, { boardId })).toBe(
        scope === undefined || scope.includes(boardId),
      );
    }),
  );
});

test('nobody gives another a board that he does not see himself', () => {
  fc.assert(
    fc.property(person, boardIds, fc.constantFrom('40001', '40002'), (giver, given, boardId) => {
      if (!mayAddPerson(giver, { boardIds: given })) return;
      expect(mayOperate(giver)).toBe(true);
      const newcomer = { ...giver, boardIds: given };
      if (maySeeLocation(newcomer, { boardId })) {
        expect(maySeeLocation(giver, { boardId })).toBe(true);
      }
    }),
  );
});

test('an operator of all boards sees everybody, one of some boards only those within them', () => {
  const all = { role: 'operator', boardIds: null } as Person;
  const some = { role: 'operator', boardIds: ['40001', '40002'] } as Person;
  expect(maySeePerson(all, { boardIds: null })).toBe(true);
  expect(maySeePerson(some, { boardIds: null })).toBe(false);
  expect(maySeePerson(some, { boardIds: ['40002'] })).toBe(true);
  expect(maySeePerson(some, { boardIds: ['40002', '40003'] })).toBe(false);
});
