import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { DossierChange } from '#collector/dossiers/dossier-store.ts';
import { openDossier, verdictAt } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { changed, openTestRegistry } from '#test/support/registry.ts';

const clock = new FakeClock();
const iso = () => new Date(clock.now()).toISOString();
const note = (locationId: string, version: number): DossierChange => ({
  locationId,
  version,
  step: {
    at: iso(),
    author: { kind: 'command_line' },
    reason: 'een woord',
    event: { kind: 'noted' },
  },
});

test('a dossier is its steps, in order, and is there again after a restart', async () => {
  await using open = await openTestRegistry(clock);
  const opened = await openDossier(open.registry, '16SW03', clock.now());
  const noted = await open.registry.dossiers.append(note('16SW03', 1));
  expect(noted.steps.map(({ number, event }) => [number, event.kind])).toEqual([
    [1, 'opened'],
    [2, 'noted'],
  ]);
  expect(noted.steps[0]).toEqual(opened.steps[0]);
  const other = await open.open();
  expect(await other.dossiers.dossier('16SW03')).toEqual(noted);
  expect(await other.dossiers.dossier('16SW04')).toBeUndefined();
});

test('of many who act on the same version one gets through', async () => {
  await using open = await openTestRegistry(clock);
  await openDossier(open.registry, '16SW03', clock.now());
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, () => open.registry.dossiers.append(note('16SW03', 1))),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(11);
  for (const { reason } of refused) {
    const message = expect.stringContaining('version 2, not 1');
    expect(reason).toMatchObject({ code: 'conflict', message });
  }
  expect((await open.registry.dossiers.dossier('16SW03'))?.version).toBe(2);
});

test('processes that open, and then race for each version, lose no step and keep none twice', async () => {
  await using open = await openTestRegistry(clock);
  const script = `
    import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
    import { systemClock } from '#shared/runtime/clock.ts';
    import { openDossier } from '#test/support/dossiers.ts';
    import { silentLog } from '#test/support/silent-log.ts';
    const registry = await openSqliteRegistry({ path: process.argv[1], clock: systemClock, log: silentLog });
    const count = { opened: 0, added: 0, other: [] };
    const tell = (error) => { if (error.code !== 'conflict') count.other.push(String(error)); };
    await openDossier(registry, '16SW03', Date.now()).then(() => { count.opened += 1; }, tell);
    for (let version = 1; version <= 30; version += 1) {
      const step = { at: new Date().toISOString(), author: { kind: 'command_line' }, reason: 'r', event: { kind: 'noted' } };
      await registry.dossiers.append({ locationId: '16SW03', version, step }).then(() => { count.added += 1; }, tell);
    }
    await registry[Symbol.asyncDispose]();
    console.log(JSON.stringify(count));
  `;
  const root = join(import.meta.dirname, '../../..');
  const outputs = await Promise.all(
    ['a', 'b', 'c'].map(() =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script, open.path], {
        cwd: root,
      }),
    ),
  );
  const counts = outputs.map(({ stdout }) => JSON.parse(stdout));
  expect(counts.flatMap(({ other }) => other)).toEqual([]);
  const sum = (name: 'opened' | 'added') => counts.reduce((all, each) => all + each[name], 0);
  const dossier = await open.registry.dossiers.dossier('16SW03');
  expect([sum('opened'), sum('added')]).toEqual([1, (dossier?.version ?? 0) - 1]);
  expect(dossier?.steps.map(({ number }) => number)).toEqual(
    Array.from({ length: dossier?.version ?? 0 }, (_, at) => at + 1),
  );
  expect(dossier?.version).toBeGreaterThan(5);
});

test('what cannot be kept leaves nothing behind', async () => {
  await using open = await openTestRegistry(clock);
  const { dossiers, outbox } = open.registry;
  await expect(openDossier(open.registry, '99ZZ99', clock.now())).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(dossiers.append(note('16SW03', 1))).rejects.toMatchObject({ code: 'not_found' });
  await openDossier(open.registry, '16SW03', clock.now());
  await expect(openDossier(open.registry, '16SW03', clock.now())).rejects.toMatchObject({
    code: 'conflict',
  });
  const mail = { id: 'm', to: 'a@b.nl', subject: 's', text: 't', sendBefore: clock.now() + 1000 };
  const invitation = { tokenHash: 'h', email: 'a@b.nl', expiresAt: clock.now() + 1000 };
  const change = { ...note('16SW03', 1), invitation, mails: [mail, mail] };
  await expect(dossiers.append(change)).rejects.toThrow();
  expect((await dossiers.dossier('16SW03'))?.version).toBe(1);
  expect(await dossiers.invitation('h')).toBeUndefined();
  expect(await outbox.waiting(clock.now(), 10)).toEqual([]);
});

test('are found by state and board, within what a person sees', async () => {
  await using open = await openTestRegistry(clock);
  const { dossiers } = open.registry;
  for (const id of ['16SW03', '16SW04', '00AA00'])
    await openDossier(open.registry, id, clock.now());
  const asked = { kind: 'asked', channel: 'telephone', answerBy: iso() } as const;
  await dossiers.append({
    ...note('16SW04', 1),
    step: { ...note('16SW04', 1).step, event: asked },
  });
  const ids = async (...args: Parameters<typeof dossiers.dossiers>) =>
    (await dossiers.dossiers(...args)).map(({ locationId }) => locationId);
  expect(await ids(undefined)).toEqual(['00AA00', '16SW03', '16SW04']);
  expect(await ids(undefined, { state: 'signalled' })).toEqual(['00AA00', '16SW03']);
  expect(await ids(undefined, { boardId: '41234', state: 'asked' })).toEqual(['16SW04']);
  expect(await ids(['40001'])).toEqual(['00AA00']);
  expect(await ids(['40001'], { boardId: '41234' })).toEqual([]);
  expect(await ids([])).toEqual([]);
});

test('the watch is on what is below and on what has a dossier', async () => {
  await using open = await openTestRegistry(clock);
  await open.registry.saveVerdict('16SW04', verdictAt(clock.now(), 'below'));
  await open.registry.saveVerdict('00AA00', verdictAt(clock.now(), 'meets'));
  await openDossier(open.registry, '16SW03', clock.now());
  expect(await open.registry.dossiers.locationsToWatch()).toEqual(['16SW03', '16SW04']);
  // What is closed is built no line, whatever was measured there.
  await changed(open.registry, { closed: [{ id: '16SW04', at: clock.now() }] });
  expect(await open.registry.dossiers.locationsToWatch()).toEqual(['16SW03']);
  await changed(open.registry, { closed: [{ id: '16SW03', at: clock.now() }] });
  expect(await open.registry.dossiers.locationsToWatch()).toEqual([]);
  await changed(open.registry, { reopened: ['16SW04'] });
  expect(await open.registry.dossiers.locationsToWatch()).toEqual(['16SW04']);
});

test('a reminder is written once, whoever writes it', async () => {
  await using open = await openTestRegistry(clock);
  const { dossiers, outbox } = open.registry;
  const mail = (id: string) => ({
    id,
    to: 'a@b.nl',
    subject: 's',
    text: 't',
    sendBefore: clock.now() + 1,
  });
  await dossiers.remind({ keys: ['a', 'b'], mails: [mail('1')], invitations: [] });
  await expect(
    dossiers.remind({ keys: ['c', 'a'], mails: [mail('2')], invitations: [] }),
  ).rejects.toThrow();
  expect(await dossiers.remindedOf(['a', 'b', 'c'])).toEqual(new Set(['a', 'b']));
  expect((await outbox.waiting(clock.now(), 10)).map(({ id }) => id)).toEqual(['1']);
});

test('mail waits its turn, is not sent twice, and its text is gone once it is sent', async () => {
  await using open = await openTestRegistry(clock);
  const { outbox } = open.registry;
  const now = clock.now();
  const mail = (id: string, sendBefore = now + 10_000) => ({
    ...{ id, to: 'a@b.nl', subject: 's', text: `geheim ${id}`, sendBefore },
  });
  await outbox.add([mail('1'), mail('2'), mail('3', now + 5), mail('4')]);
  const ids = async (at: number, limit = 10) =>
    (await outbox.waiting(at, limit)).map(({ id }) => id);
  expect(await ids(now, 2)).toEqual(['1', '2']);
  expect(await ids(now + 5)).toEqual(['1', '2', '4']);
  await outbox.sent('1', now + 6);
  await outbox.failed('2', '451 later', now + 100);
  await outbox.failed('4', '550 no such box', null);
  expect(await ids(now + 50)).toEqual([]);
  expect(await outbox.waiting(now + 100, 10)).toMatchObject([
    { id: '2', tries: 1, text: 'geheim 2' },
  ]);
  const raw = new DatabaseSync(open.path, { readOnly: true });
  const kept = raw.prepare('SELECT id, text, failure FROM outbox_mail ORDER BY id').all();
  raw.close();
  expect(kept.map(({ text }) => text)).toEqual([null, 'geheim 2', 'geheim 3', null]);
  expect(kept.map(({ failure }) => failure)).toEqual([null, '451 later', null, '550 no such box']);
  expect(await outbox.forget(now)).toBe(0);
  expect(await outbox.forget(now + 1000)).toBe(3);
  expect(await ids(now + 100)).toEqual(['2']);
});
