import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Payload } from '#shared/flow/payload.ts';

test('each take is as long as asked, and one block passes before a byte comes again', () => {
  const block = Uint8Array.from({ length: 250 }, (_, i) => i);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 60 }), (counts) => {
      const payload = new Payload(block);
      let last = -1;
      for (const count of counts) {
        const chunk = payload.take(count);
        expect(chunk.length).toBe(count);
        if (chunk.length === 0) continue;
        expect([0, last + 1]).toContain(chunk[0]);
        last = chunk.at(-1) ?? last;
      }
    }),
  );
});
