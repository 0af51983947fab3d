import { expect, test } from 'vitest';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

test('a norm is kept in full, once, and its version never means another', async () => {
  await using open = await openTestRegistry(new FakeClock());
  expect(await open.registry.norm(NORM_500_40.version)).toBeUndefined();
  await open.registry.keepNorm(NORM_500_40);
  await open.registry.keepNorm({ ...NORM_500_40 });
  expect(await open.registry.norm(NORM_500_40.version)).toEqual(NORM_500_40);
  await expect(open.registry.keepNorm({ ...NORM_500_40, download: 100 })).rejects.toMatchObject({
    code: 'conflict',
  });
  const strict = { ...NORM_500_40, version: 'strict', download: 1000 };
  await open.registry.keepNorm(strict);
  expect(await open.registry.norm('strict')).toEqual(strict);
});

test('a norm kept before it said so itself was judged by with passes at any hour and newest runs', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const { passesAtAnyHour: _, newestRunsFirst: __, ...before } = NORM_500_40;
  const kept = { ...before, version: '500/40-2026.1' };
  await open.registry.keepNorm(kept as typeof NORM_500_40);
  await open.registry.keepNorm(kept as typeof NORM_500_40);
  expect(await open.registry.norm(kept.version)).toEqual({
    ...kept,
    ...{ passesAtAnyHour: true, newestRunsFirst: true },
  });
});
