import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { expect, test } from 'vitest';
import { start } from '#collector/registry/migrations/0001-start.ts';
import { NodeSqliteDialect } from '#collector/registry/node-sqlite-dialect.ts';
import type { NewDevice } from '#collector/registry/registry.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { openSqliteFile } from '#collector/sqlite/open.ts';
import type { LineFacts } from '#shared/model/line.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const HOUR = 3_600_000;
const FIBRE: LineFacts = {
  name: 'Glas',
  role: 'main',
  kind: 'fibre',
  provider: 'Voorbeeldnet',
  contractedDownMbps: 1000,
  contractedUpMbps: 500.5,
};

test('each location has one running main line from its import on', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const lines = await open.registry.lines();
  expect(lines.map(({ locationId }) => locationId).sort()).toEqual(['00AA00', '16SW03', '16SW04']);
  expect(lines[0]).toMatchObject({
    name: 'hoofdlijn',
    role: 'main',
    kind: 'unknown',
    createdAt: clock.now(),
    endedAt: null,
  });
  await open.registry.importLocations([], [{ id: '00AA00', boardId: '40001', name: 'Nieuw' }]);
  expect(await open.registry.lines('00AA00')).toHaveLength(1);
});

test('a line is added, changed and ended, and gives back what was said of it', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { registry } = open;
  const added = await registry.addLine('16SW03', FIBRE);
  expect(added).toEqual({
    ...FIBRE,
    id: expect.any(String),
    locationId: '16SW03',
    createdAt: clock.now(),
    endedAt: null,
  });
  expect(await registry.lines('16SW03')).toContainEqual(added);
  const changed = await registry.changeLine(added.id, {
    kind: 'cable',
    provider: null,
    contractedUpMbps: 50,
  });
  const { provider: _, ...rest } = added;
  expect(changed).toEqual({ ...rest, kind: 'cable', contractedUpMbps: 50 });
  expect(await registry.changeLine(added.id, {})).toEqual(changed);
  clock.step(HOUR);
  const ended = await registry.endLine(added.id, clock.now());
  expect(ended).toEqual({ ...changed, endedAt: clock.now() });
  await expect(registry.changeLine(added.id, { kind: 'fibre' })).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/Glas of 16SW03 ended on/),
  });
});

test('what would leave a location without a main line, or two of one name, is refused', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { registry } = open;
  const [first] = await registry.lines('16SW03');
  const id = first?.id ?? '';
  const conflict = (message: RegExp) => ({
    code: 'conflict',
    message: expect.stringMatching(message),
  });
  await expect(registry.endLine(id, clock.now())).rejects.toMatchObject(conflict(/only main line/));
  await expect(registry.changeLine(id, { role: 'backup' })).rejects.toMatchObject(
    conflict(/only main line/),
  );
  await expect(registry.addLine('16SW03', { ...FIBRE, name: 'HOOFDLIJN' })).rejects.toMatchObject(
    conflict(/has a line HOOFDLIJN already/),
  );
  const second = await registry.addLine('16SW03', FIBRE);
  await expect(registry.changeLine(second.id, { name: 'hoofdlijn' })).rejects.toMatchObject(
    conflict(/already/),
  );
  await expect(registry.endLine(second.id, second.createdAt - 1)).rejects.toMatchObject(
    conflict(/cannot have ended/),
  );
  await registry.endLine(id, clock.now());
  // A name is free again once its line has ended.
  await registry.changeLine(second.id, { name: 'hoofdlijn' });
  const unknown = { code: 'not_found' };
  await expect(registry.addLine('99ZZ99', FIBRE)).rejects.toMatchObject(unknown);
  await expect(registry.endLine(randomUUID(), 0)).rejects.toMatchObject(unknown);
});

test('a code is for one line, and enrols no device once that line has ended', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { registry } = open;
  const line = await registry.addLine('16SW03', FIBRE);
  const until = clock.now() + HOUR;
  await expect(registry.addEnrolmentCode('A', '16SW03', until)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(/several lines \(.*hoofdlijn.*\); say for which/),
  });
  await expect(registry.addEnrolmentCode('A', '16SW04', until, line.id)).rejects.toMatchObject({
    code: 'not_found',
  });
  const device = (): NewDevice => ({
    id: randomUUID(),
    name: 'kast',
    position: 'off_path',
    publicKey: randomUUID(),
    agentVersion: '0.1.0',
  });
  await registry.addEnrolmentCode('A', '16SW03', until, line.id);
  const enrolled = await registry.enrol('A', device(), clock.now());
  expect(enrolled).toMatchObject({ locationId: '16SW03', lineId: line.id });
  await registry.addEnrolmentCode('B', '16SW03', until, line.id);
  await registry.endLine(line.id, clock.now());
  await expect(registry.enrol('B', device(), clock.now())).rejects.toMatchObject({
    code: 'enrolment_code_expired',
    message: expect.stringMatching(/line .* has ended/),
  });
  // The refusal did not use the code up, and the device that was there stays with its line.
  expect((await registry.device(enrolled.id))?.lineId).toBe(line.id);
});

test('data of before there were lines get one for each location, with its devices and codes', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/registry.db`;
  await oldRegistry(path);
  const clock = new FakeClock();
  await using registry = await openSqliteRegistry({ path, clock, log: silentLog });
  const lines = await registry.lines();
  expect(lines.map(({ locationId, createdAt }) => [locationId, createdAt])).toEqual([
    ['16SW03', 1],
    ['16SW04', 2],
  ]);
  expect((await registry.device('d'))?.lineId).toBe(lines[0]?.id);
  const device = { id: 'e', name: 'kast', position: 'off_path', publicKey: 'k2' } as const;
  const enrolled = await registry.enrol('CODE', { ...device, agentVersion: '0' }, clock.now());
  expect(enrolled.lineId).toBe(lines[1]?.id);
  expect(await registry.location('16SW03')).toEqual({
    id: '16SW03',
    boardId: '41234',
    name: 'School',
  });
});

/** As the first version left it: a location with a device, one with an unused code. */
async function oldRegistry(path: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new NodeSqliteDialect(openSqliteFile(path)) });
  const provider = { getMigrations: async () => ({ '0001-start': start }) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  expect(error).toBeUndefined();
  await db.destroy();
  const raw = new DatabaseSync(path);
  raw.exec(`
    INSERT INTO board VALUES ('41234', 'Bestuur', 0, 0);
    INSERT INTO location (id, board_id, name, created_at, updated_at)
      VALUES ('16SW03', '41234', 'School', 1, 1), ('16SW04', '41234', 'School', 2, 2);
    INSERT INTO device (id, location_id, name, position, public_key, enrolled_at)
      VALUES ('d', '16SW03', 'kast', 'off_path', 'k1', 5);
    INSERT INTO enrolment_code (code_hash, location_id, created_at, expires_at)
      VALUES ('${CODE_HASH}', '16SW04', 5, 9e15);`);
  raw.close();
}

/** SHA-256 of `C0DE`, as which `CODE` is read. */
const CODE_HASH = 'ba29475433bc4877ef57631c43bad5525e1f8b2cfaf940ab256e08296556ed63';
