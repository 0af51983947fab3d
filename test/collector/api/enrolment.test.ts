import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enrolmentPayload } from '#shared/wire/uplink.ts';
import { type Harness, openHarness } from './harness.ts';

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
});
afterEach(() => at[Symbol.asyncDispose]());

test('a code enrols one device, without any sign-in, and its location hears of it', async () => {
  const changed: string[] = [];
  at.events.subscribe((locationId) => void changed.push(locationId));
  const code = await makeCode();
  const enrolled = await enrol(code);
  expect(enrolled.statusCode).toBe(201);
  expect(enrolled.json()).toEqual({ deviceId: expect.any(String), locationId: '16SW03' });
  expect(changed).toEqual(['16SW03']);
  const [device] = (await at.asOperator({ url: '/api/v1/locations/16SW03' })).json().devices;
  expect(device).toMatchObject({ id: enrolled.json().deviceId, name: 'kast', connected: false });

  const again = await enrol(code);
  expect([again.statusCode, again.json().error.code]).toEqual([409, 'enrolment_code_used']);
});

test('an old code, an unknown one and a wrong signature each have their own error', async () => {
  const code = await makeCode();
  const forged = await enrol(code, 'another code');
  expect([forged.statusCode, forged.json().error.code]).toEqual([401, 'bad_signature']);
  await at.clock.advance(14 * 86_400_000 + 1);
  const late = await enrol(code);
  expect([late.statusCode, late.json().error.code]).toEqual([410, 'enrolment_code_expired']);
  const unknown = await enrol('0000-0000-0000');
  expect([unknown.statusCode, unknown.json().error.code]).toEqual([404, 'enrolment_code_unknown']);
});

test('guessing codes is stopped after thirty failures; enrolling many devices is not', async () => {
  for (let count = 0; count < 40; count += 1) {
    expect((await enrol(await makeCode())).statusCode).toBe(201);
  }
  for (let count = 0; count < 30; count += 1) {
    expect((await enrol(`0000-0000-${1000 + count}`)).statusCode).toBe(404);
  }
  const code = await makeCode();
  expect((await enrol(code)).statusCode).toBe(429);
  await at.clock.advance(10 * 60_000);
  expect((await enrol(code)).statusCode).toBe(201);
});

async function makeCode(): Promise<string> {
  const url = '/api/v1/locations/16SW03/enrolment-codes';
  return (await at.asOperator({ method: 'POST', url })).json().code;
}

function enrol(code: string, signed = code) {
  const keys = generateKeyPairSync('ed25519');
  const publicKey = keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64url');
  const payload = Buffer.from(enrolmentPayload(signed, publicKey));
  return at.app.inject({
    method: 'POST',
    url: '/api/v1/enrolments',
    payload: {
      code,
      publicKey,
      signature: sign(null, payload, keys.privateKey).toString('base64url'),
      name: 'kast',
      position: 'off_path',
      agentVersion: '0.1.0',
    },
  });
}
