import { expect, test } from 'vitest';
import { FakeClock } from '#test/support/fake-clock.ts';
import { overruleOf } from '#test/support/overrules.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const overrule = overruleOf();
const withdrawn = {
  at: '2026-03-05T00:00:00.000Z',
  author: { id: 'p2', name: 'Ander' },
  reason: 'it was another school',
};

test('overrules are kept for good, one at a time', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const { registry } = open;
  await registry.addOverrule(overrule);
  const second = { ...overrule, id: 'o2', createdAt: '2026-03-06T00:00:00.000Z' };
  await expect(registry.addOverrule(second)).rejects.toMatchObject({ code: 'conflict' });
  await registry.addOverrule({ ...overrule, id: 'elsewhere', locationId: '16SW04' });
  const ended = await registry.withdrawOverrule('16SW03', 'o1', withdrawn);
  expect(ended).toEqual({ ...overrule, withdrawn });
  await registry.addOverrule(second);
  expect(await registry.overrules('16SW03')).toEqual([ended, second]);
  expect(await registry.overrules()).toHaveLength(3);
});

test('one that ended makes room for another by itself', async () => {
  await using open = await openTestRegistry(new FakeClock());
  await open.registry.addOverrule(overrule);
  await open.registry.addOverrule({
    ...overrule,
    id: 'o2',
    createdAt: overrule.endsAt,
    endsAt: '2026-04-01T00:00:00.000Z',
  });
  expect(await open.registry.overrules('16SW03')).toHaveLength(2);
});

test('what is not there or holds no longer is not withdrawn', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const { registry } = open;
  await expect(registry.addOverrule({ ...overrule, locationId: '99ZZ99' })).rejects.toMatchObject({
    code: 'not_found',
  });
  await registry.addOverrule(overrule);
  for (const [location, id] of [
    ['16SW03', 'o9'],
    ['16SW04', 'o1'],
  ] as const) {
    await expect(registry.withdrawOverrule(location, id, withdrawn)).rejects.toMatchObject({
      code: 'not_found',
    });
  }
  await registry.withdrawOverrule('16SW03', 'o1', withdrawn);
  await expect(registry.withdrawOverrule('16SW03', 'o1', withdrawn)).rejects.toMatchObject({
    code: 'conflict',
  });
});
