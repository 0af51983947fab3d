// Ids are UUIDs of version 7 and sort as their times do.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { uuidV7 } from '#agent/new-id.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const chance = fc.uint8Array({ minLength: 10, maxLength: 10 });

test('an id is of version 7, tells its time and sorts by it', () => {
  fc.assert(
    fc.property(time, time, chance, chance, (a, b, x, y) => {
      const [first, second] = [uuidV7(a, x), uuidV7(b, y)];
      expect(z.uuidv7().safeParse(first).success).toBe(true);
      expect(Number.parseInt(first.replace('-', '').slice(0, 12), 16)).toBe(a);
      if (a < b) expect(first < second).toBe(true);
    }),
    { numRuns: 100 },
  );
});
