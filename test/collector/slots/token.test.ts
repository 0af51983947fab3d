import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signSlotToken, verifySlotToken } from '#collector/slots/token.ts';
import type { SlotClaims } from '#shared/wire/slot-token.ts';

const KEY = new Uint8Array(32).fill(7);
const CLAIMS: SlotClaims = {
  version: 1,
  slotId: 's',
  deviceId: 'd',
  kind: 'throughput',
  notBefore: 1,
  expiresAt: 2,
  maxBytes: 3,
};

test('gives back what was signed with the same key, and nothing else', () => {
  const token = signSlotToken(CLAIMS, KEY);
  expect(verifySlotToken(token, KEY)).toEqual(CLAIMS);
  const refused = (text: string, key = KEY) =>
    expect(() => verifySlotToken(text, key)).toThrow(
      expect.objectContaining({ code: 'not_admitted' }),
    );
  refused(token, new Uint8Array(32).fill(8));
  refused('');
  refused('a.b.c');
  refused(token.slice(0, -1));
  refused(`${token}.`);
  // Well signed, but no claims.
  refused(signSlotToken({ ...CLAIMS, maxBytes: -1 }, KEY));
});

test('any change of a token is noticed', () => {
  const token = signSlotToken(CLAIMS, KEY);
  const letters = fc.constantFrom(...'ABCabc019-_.=');
  fc.assert(
    fc.property(fc.nat(token.length - 1), letters, (at, letter) => {
      const changed = token.slice(0, at) + letter + token.slice(at + 1);
      if (changed === token) return;
      expect(() => verifySlotToken(changed, KEY)).toThrow();
    }),
  );
});
