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
