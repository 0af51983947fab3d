// The file itself: opening, sharing, copying, and what goes wrong with it.
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { ConfigurationAnswer } from '#collector/gateway/configuration-store.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { LOCATIONS, openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const options = (path: string) => ({ path, clock: systemClock, log: silentLog });

test('is made with its directory, for its owner alone, and is there again', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'new', 'registry.db');
  {
    await using registry = await openSqliteRegistry(options(path));
    await registry.setFact('a', '1');
    for (const suffix of ['', '-wal', '-shm']) {
      expect((await stat(`${path}${suffix}`)).mode & 0o077).toBe(0);
    }
  }
  await using registry = await openSqliteRegistry(options(path));
  await registry.ready();
  expect(await registry.fact('a')).toBe('1');
});

test('what cannot be a registry is refused with the path and what to do', async () => {
  await using folder = await temporaryFolder();
  const refused = (path: string) =>
    expect(openSqliteRegistry(options(path))).rejects.toMatchObject({
      code: 'data_directory',
      message: expect.stringContaining(path),
    });
  const text = join(folder.path, 'text.db');
  await writeFile(text, 'this is no database at all\n'.repeat(200));
  await refused(text);
  expect(await readFile(text, 'utf8')).toContain('no database');
  await refused(join(text, 'registry.db'));
  await mkdir(join(folder.path, 'folder.db'));
  await refused(join(folder.path, 'folder.db'));
});

test('what a device says again of its configuration is not written again', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { registry } = open;
  const version = await registry.configurations.add({ configuration: {}, authorId: 'operator' });
  await registry.addEnrolmentCode('code', '16SW03', clock.now() + 1_000);
  const device = { name: 'kast', position: 'off_path', agentVersion: '0.1.0' } as const;
  const { id } = await registry.enrol(
    'code',
    { id: randomUUID(), publicKey: 'key', ...device },
    clock.now(),
  );
  const answeredAt = () => {
    using raw = new DatabaseSync(open.path);
    return raw.prepare('SELECT answered_at FROM agent_configuration_answer').all();
  };
  const first = clock.now();
  const say = (answer: ConfigurationAnswer) =>
    registry.configurations.answered(id, version, answer);
  await say({ outcome: 'applied' });
  clock.step(1_000);
  await say({ outcome: 'applied', reason: undefined });
  expect(answeredAt()).toEqual([{ answered_at: first }]);
  await say({ outcome: 'rolled_back', reason: 'cut off' });
  await say({ outcome: 'rolled_back', reason: 'late' });
  expect(answeredAt()).toEqual([{ answered_at: first + 1_000 }]);
  const stored = await registry.configurations.forDevice(id);
  expect(stored?.answer).toEqual({ outcome: 'rolled_back', reason: 'late' });
});

test('a file of a newer version is refused and not touched', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const raw = new DatabaseSync(open.path);
  raw.exec("INSERT INTO kysely_migration VALUES ('9999-future', '2030-01-01T00:00:00.000Z')");
  raw.close();
  await expect(openSqliteRegistry(options(open.path))).rejects.toMatchObject({
    code: 'data_directory',
    message: expect.stringContaining('9999-future'),
  });
});

test('many open a new file at the same time, from processes of their own', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'registry.db');
  const script = `
    import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
    import { systemClock } from '#shared/runtime/clock.ts';
    import { silentLog } from '#test/support/silent-log.ts';
    const registry = await openSqliteRegistry({ path: process.argv[1], clock: systemClock, log: silentLog });
    await registry.importLocations([{ id: '41234', name: 'B' }], [{ id: '16SW03', boardId: '41234', name: 'L' }]);
    for (let i = 0; i < 50; i += 1) await registry.setFact(process.argv[2] + i, 'x');
    try {
      await registry.addEnrolmentCode('SAME', '16SW03', Date.now() + 60000);
    } catch {}
    const device = { id: crypto.randomUUID(), name: 'd', position: 'off_path', publicKey: crypto.randomUUID(), agentVersion: null };
    const won = await registry.enrol('SAME', device, Date.now()).then(() => 'won', (error) => error.code);
    await registry[Symbol.asyncDispose]();
    console.log(won);
  `;
  const run = promisify(execFile);
  const root = join(import.meta.dirname, '../../..');
  const outputs = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      run(process.execPath, ['--input-type=module-typescript', '-e', script, path, name], {
        cwd: root,
      }),
    ),
  );
  expect(outputs.map(({ stdout }) => stdout.trim()).sort()).toEqual([
    'enrolment_code_used',
    'enrolment_code_used',
    'enrolment_code_used',
    'won',
  ]);
  await using registry = await openSqliteRegistry(options(path));
  expect((await registry.devices()).length).toBe(1);
  for (const name of ['a', 'b', 'c', 'd']) expect(await registry.fact(`${name}49`)).toBe('x');
}, 60_000);

test('a copy is whole while another process writes, and is for its owner alone', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const script = `
    const { DatabaseSync } = await import('node:sqlite');
    const db = new DatabaseSync(process.argv[1], { timeout: 5000 });
    console.log('writing');
    for (let i = 0; ; i += 1) {
      db.exec('BEGIN IMMEDIATE');
      db.prepare("INSERT INTO fact VALUES (?, 'x', 0)").run('one' + i);
      db.prepare("INSERT INTO fact VALUES (?, 'x', 0)").run('two' + i);
      db.exec('COMMIT');
    }`;
  const writer = spawn(process.execPath, ['--input-type=module', '-e', script, open.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    const target = join(open.folder, 'copies', 'registry.db');
    await open.registry.backup(target);
    expect((await stat(target)).mode & 0o077).toBe(0);
    await using copy = await openSqliteRegistry(options(target));
    expect((await copy.locations(undefined)).length).toBe(LOCATIONS.length);
    const raw = new DatabaseSync(target);
    const pairs = raw
      .prepare(
        `SELECT count(*) FILTER (WHERE name LIKE 'one%') AS ones,
                count(*) FILTER (WHERE name LIKE 'two%') AS twos FROM fact`,
      )
      .get();
    raw.close();
    expect(pairs?.ones).toBe(pairs?.twos);
  } finally {
    writer.kill('SIGKILL');
  }
});

test('a copy that cannot be written is said, and leaves nothing', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const target = join(open.path, 'registry.db');
  await expect(open.registry.backup(target)).rejects.toMatchObject({
    code: 'data_directory',
    message: expect.stringContaining(target),
  });
});

test('after closing, every call says that the store is away', async () => {
  await using open = await openTestRegistry(new FakeClock());
  await open.registry[Symbol.asyncDispose]();
  const away = { code: 'store_unavailable' };
  await expect(open.registry.ready()).rejects.toMatchObject(away);
  await expect(open.registry.setFact('a', 'b')).rejects.toMatchObject(away);
  await expect(open.registry.locations(undefined)).rejects.toMatchObject(away);
  await expect(open.registry.recordContact('x', { at: 1 })).rejects.toMatchObject(away);
});

test('a writer that holds the file too long makes it unavailable, not broken', async () => {
  await using open = await openTestRegistry(new FakeClock());
  const holder = new DatabaseSync(open.path);
  holder.exec('BEGIN IMMEDIATE');
  await expect(open.registry.setFact('a', 'b')).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('locked'),
  });
  // Readers do not wait for writers.
  expect((await open.registry.locations(undefined)).length).toBe(3);
  holder.close();
  await open.registry.setFact('a', 'b');
  expect(await open.registry.fact('a')).toBe('b');
}, 30_000);
