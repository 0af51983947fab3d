import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normaliseCode } from '#collector/registry/enrolment-codes.ts';
import type { NewDevice } from '#collector/registry/registry.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const HOUR = 3_600_000;
const CODE = 'ABCD-EFGH-JKMN';

function newDevice(change: Partial<NewDevice> = {}): NewDevice {
  return {
    id: randomUUID(),
    name: 'meetkastje',
    position: 'off_path',
    publicKey: randomUUID(),
    agentVersion: '0.1.0',
    ...change,
  };
}

test('a code enrols one device, at its location', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  await open.registry.addEnrolmentCode(CODE, '16SW03', clock.now() + HOUR);
  const device = newDevice();
  const enrolled = await open.registry.enrol('abcd efgh jkmn', device, clock.now());
  expect(enrolled).toEqual({
    ...device,
    locationId: '16SW03',
    lineId: (await open.registry.lines('16SW03'))[0]?.id,
    enrolledAt: clock.now(),
    lastContactAt: null,
    clockOffsetMs: null,
    spool: null,
  });
  expect(await open.registry.device(device.id)).toEqual(enrolled);
  expect(await open.registry.devices()).toEqual([enrolled]);
  expect(await open.registry.devices('16SW03')).toEqual([enrolled]);
  expect(await open.registry.devices('16SW04')).toEqual([]);
  expect(await open.registry.device(randomUUID())).toBeUndefined();
});

test('each refusal has its own code and says what to do', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  await open.registry.addEnrolmentCode(CODE, '16SW03', clock.now() + HOUR);
  const refused = (code: string, change: Partial<NewDevice> = {}) =>
    expect(open.registry.enrol(code, newDevice(change), clock.now())).rejects;
  await refused('WRNG-WRNG-WRNG').toMatchObject({ code: 'enrolment_code_unknown' });
  clock.step(HOUR);
  await refused(CODE).toMatchObject({ code: 'enrolment_code_expired' });
  clock.step(-1);
  await open.registry.enrol(CODE, newDevice({ publicKey: 'key-1' }), clock.now());
  await refused(CODE).toMatchObject({ code: 'enrolment_code_used' });
  clock.step(2 * HOUR);
  await refused(CODE).toMatchObject({ code: 'enrolment_code_used' });

  await open.registry.addEnrolmentCode('NEWX-NEWX-NEWX', '16SW03', clock.now() + HOUR);
  await refused('NEWX-NEWX-NEWX', { publicKey: 'key-1' }).toMatchObject({ code: 'conflict' });
  // The code was not used up by the refusal.
  await open.registry.enrol('NEWX-NEWX-NEWX', newDevice(), clock.now());
  await expect(
    open.registry.addEnrolmentCode('X', '99ZZ99', clock.now() + HOUR),
  ).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('99ZZ99') });
  await expect(
    open.registry.addEnrolmentCode(CODE, '16SW03', clock.now() + HOUR),
  ).rejects.toMatchObject({ code: 'conflict' });
});

test('of many at once, from two connections, exactly one wins', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const other = await open.open();
  await open.registry.addEnrolmentCode(CODE, '16SW03', clock.now() + HOUR);
  // One connection after the other in one thread: two transactions cannot be open at once here.
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => open.registry.enrol(CODE, newDevice(), clock.now())),
  );
  results.push(...(await Promise.allSettled([other.enrol(CODE, newDevice(), clock.now())])));
  expect(results.filter((r) => r.status === 'fulfilled').length).toBe(1);
  for (const result of results) {
    if (result.status === 'rejected') {
      expect(result.reason).toMatchObject({ code: 'enrolment_code_used' });
    }
  }
  expect((await open.registry.devices()).length).toBe(1);
});

test('the code itself is nowhere in the file', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  await open.registry.addEnrolmentCode(CODE, '16SW03', clock.now() + HOUR);
  await open.registry.backup(`${open.path}.copy`);
  const bytes = readFileSync(`${open.path}.copy`).toString('latin1');
  expect(bytes).toContain(createHash('sha256').update('ABCDEFGHJKMN').digest('hex'));
  expect(bytes).not.toContain('ABCDEFGHJKMN');
  expect(bytes).not.toContain(CODE);
});

test('a contact changes what it says and leaves the rest', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  await open.registry.addEnrolmentCode(CODE, '16SW03', clock.now() + HOUR);
  const { id } = await open.registry.enrol(CODE, newDevice(), clock.now());
  const spool = { records: 3, bytes: 900, droppedRecords: 1, corruptRecords: 0 };
  await open.registry.recordContact(id, { at: 5, agentVersion: '0.2.0' });
  await open.registry.recordContact(id, { at: 6, clockOffsetMs: -1.5, spool });
  await open.registry.recordContact(id, { at: 7 });
  expect(await open.registry.device(id)).toMatchObject({
    lastContactAt: 7,
    agentVersion: '0.2.0',
    clockOffsetMs: -1.5,
    spool,
  });
  await open.registry.recordContact(randomUUID(), { at: 8 });
  // Its writes go unsynced; those that follow do not.
  await open.registry.setFact('after', 'synced');
  expect(await open.registry.fact('after')).toBe('synced');
});

test('codes read the same however people type them', () => {
  expect(normaliseCode(' oIl0-1abc_')).toBe('01101ABC_');
  fc.assert(
    fc.property(fc.string(), (text) => normaliseCode(normaliseCode(text)) === normaliseCode(text)),
  );
});
