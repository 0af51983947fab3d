import { generateKeyPairSync, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEnrolment, newEnrolmentCode } from '#collector/gateway/enrolment.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { enrolmentRequestSchema } from '#shared/wire/api.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { enrolmentRequest, newDeviceKey } from '#test/support/raw-agent.ts';
import { openTestRegistry } from '#test/support/registry.ts';
import { seededRandom } from '#test/support/seeded-random.ts';

const HOUR = 3_600_000;

async function scene() {
  const clock = new FakeClock();
  const open = await openTestRegistry(clock);
  const code = newEnrolmentCode(systemRandom);
  await open.registry.addEnrolmentCode(code, '16SW03', clock.now() + HOUR);
  const enrol = createEnrolment({ registry: open.registry, clock, newId: randomUUID });
  return { ...open, clock, code, enrol };
}

test('a code and a proved key make a device, once', async () => {
  await using at = await scene();
  const key = newDeviceKey();
  const request = enrolmentRequestSchema.parse(enrolmentRequest(key, at.code));
  const { deviceId, locationId } = await at.enrol(request);
  expect(locationId).toBe('16SW03');
  expect(await at.registry.device(deviceId)).toMatchObject({
    publicKey: key.publicKey,
    position: 'in_path',
    name: 'meetkastje',
    agentVersion: '0.1.0',
    enrolledAt: at.clock.now(),
  });
  await expect(at.enrol(request)).rejects.toMatchObject({ code: 'enrolment_code_used' });
  await expect(at.enrol(enrolmentRequest(newDeviceKey(), at.code))).rejects.toMatchObject({
    code: 'enrolment_code_used',
  });
});

test('a code as somebody types it is the code', async () => {
  await using at = await scene();
  const typed = ` ${at.code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')}`;
  expect(await at.enrol(enrolmentRequest(newDeviceKey(), typed))).toMatchObject({
    locationId: '16SW03',
  });
});

test('what does not prove the key is refused before the code is looked at', async () => {
  await using at = await scene();
  const good = enrolmentRequest(newDeviceKey(), at.code);
  const bad = { code: 'bad_signature' };
  await expect(at.enrol({ ...good, signature: 'AAAA' })).rejects.toMatchObject(bad);
  await expect(
    at.enrol({ ...good, signature: enrolmentRequest(newDeviceKey(), at.code).signature }),
  ).rejects.toMatchObject(bad);
  // Signed for another code: a signature that was overheard is of no use with a new code.
  await expect(at.enrol({ ...good, code: 'AAAA-AAAA-AAAA' })).rejects.toMatchObject(bad);
  await at.enrol(good);
});

test('only Ed25519 keys are taken', async () => {
  await using at = await scene();
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ec = publicKey.export({ type: 'spki', format: 'der' }).toString('base64url');
  for (const text of [ec, 'AAAA', '']) {
    await expect(
      at.enrol({ ...enrolmentRequest(newDeviceKey(), at.code), publicKey: text }),
    ).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringContaining('publicKey'),
    });
  }
});

test('a key that is known is not enrolled again, however it is written', async () => {
  await using at = await scene();
  const key = newDeviceKey();
  await at.enrol(enrolmentRequest(key, at.code));
  await at.registry.addEnrolmentCode('SECOND', '16SW04', at.clock.now() + HOUR);
  // base64url decoders pass over what lies behind the last whole byte.
  const respelled = { ...key, publicKey: `${key.publicKey}A` };
  for (const each of [key, respelled]) {
    await expect(at.enrol(enrolmentRequest(each, 'SECOND'))).rejects.toMatchObject({
      code: 'conflict',
    });
  }
});

test('codes have 60 random bits in letters that cannot be misread', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(newEnrolmentCode(seededRandom(seed))).toMatch(
        /^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/,
      );
    }),
  );
  const codes = Array.from({ length: 1000 }, () => newEnrolmentCode(systemRandom));
  expect(new Set(codes).size).toBe(1000);
  const letters = new Set(codes.join('').replaceAll('-', ''));
  expect(letters.size).toBe(32);
});
