import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from '#collector/api/password.ts';
import { systemRandom } from '#shared/runtime/random.ts';

test('a password verifies against its own hash and no other', async () => {
  const phc = await hashPassword('correct paard batterij', systemRandom);
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifyPassword('correct paard batterij', phc)).toBe(true);
  expect(await verifyPassword('correct paard batterijj', phc)).toBe(false);
  expect(await hashPassword('correct paard batterij', systemRandom)).not.toBe(phc);
});

test('the same letters composed otherwise are the same password', async () => {
  const phc = await hashPassword('wachtwoord van Zo\u00EB', systemRandom);
  expect(await verifyPassword('wachtwoord van Zoe\u0308', phc)).toBe(true);
});

test('reads hashes of the reference implementation, with other costs', async () => {
  // argon2 reference: `printf password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32`
  const reference =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  expect(await verifyPassword('password', reference)).toBe(true);
  expect(await verifyPassword('passwore', reference)).toBe(false);
});

test('without an account nothing verifies, not even the decoy', async () => {
  expect(await verifyPassword('', undefined)).toBe(false);
  await expect(verifyPassword('x', '$2b$10$abc')).rejects.toThrow(/not an argon2id/);
});
