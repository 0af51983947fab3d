// Six days of a test every quarter of an hour; `npm run bench:agent-growth` plays a month.
import { expect, test } from 'vitest';
import { growth } from '#test/soak/growth.ts';

/** Well under what the measurements in between would take, were they kept: some 2 kB each. */
const ALLOWED_BYTES = 600_000;

test('hundreds of tests leave nothing behind on the heap', async () => {
  const { heapBytes, tests, delivered } = await growth([2, 6]);
  expect(tests).toBe(6 * 96);
  expect(delivered).toBeGreaterThan(6 * 96);
  expect((heapBytes.get(6) ?? 0) - (heapBytes.get(2) ?? 0)).toBeLessThan(ALLOWED_BYTES);
});
