// Saved scenarios in the real store.
import { expect, test } from 'vitest';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { type SavedScenario, savedScenarioSchema } from '#shared/wire/planning.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';

const SCENARIO: SavedScenario = savedScenarioSchema.parse({
  ...{ id: 'a', name: 'Voorjaar', createdBy: 'p1', createdAt: '2019-03-13T10:00:00.000Z' },
  question: { budgetEuro: 100_000, rule: ['worst_first'] },
  basis: {
    ...{ at: '2019-03-13T10:00:00.000Z', normVersion: '500/40-2026.2', radiusKm: 2, filter: {} },
    ...{
      schemeId: null,
      readingId: null,
      subsidyOn: '2019-03-13',
      assumedCostCents: null,
      schemeIsOpen: false,
    },
  },
  scenarios: [],
});

test('a scenario stays as it was saved, newest first, until it is removed', async () => {
  const clock = new FakeClock();
  await using at = await openTestRegistry(clock);
  const later = { ...SCENARIO, id: 'b', createdAt: '2019-03-14T10:00:00.000Z' };
  await at.registry.scenarios.add(SCENARIO);
  await at.registry.scenarios.add(later);
  await using again = await openSqliteRegistry({ path: at.path, clock, log: silentLog });
  expect(await again.scenarios.all()).toEqual([later, SCENARIO]);
  expect(await again.scenarios.find('a')).toEqual(SCENARIO);
  expect(await again.scenarios.find('c')).toBeUndefined();
  expect(await again.scenarios.remove('a')).toBe(true);
  expect(await again.scenarios.remove('a')).toBe(false);
  expect(await at.registry.scenarios.all()).toEqual([later]);
});
