// A token of an account from the command line, in one process with a real registry.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSessions } from '#collector/api/sessions.ts';
import { runCollector } from '#collector/cli.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import type { Person } from '#shared/wire/api.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const READER: Person = {
  id: 'p1',
  email: 'lezer@example.nl',
  name: 'Lezer',
  role: 'reader',
  boardIds: ['41234'],
};
const DAY_MS = 86_400_000;

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  await using registry = await open();
  await registry.importLocations([{ id: '41234', name: 'Een' }], []);
  await registry.addPerson(READER, 'hash');
});
afterEach(() => folder[Symbol.asyncDispose]());

function open() {
  const path = join(folder.path, 'registry.db');
  return openSqliteRegistry({ path, clock: systemClock, log: silentLog });
}

async function run(...args: readonly string[]) {
  let [stdout, stderr] = ['', ''];
  const code = await runCollector(args, {
    ...{ args, env: { MEETNET_DATA: folder.path }, nodePath: process.execPath },
    ...{ signal: new AbortController().signal, parentGone: undefined },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    tellParent: () => {},
    exit: (status) => {
      throw new Error(`exit ${status}`);
    },
  });
  return { code, stdout: stdout.trim(), stderr };
}

/** Whose it is, so many days from now. */
async function personOf(token: string, days = 0) {
  await using registry = await open();
  const clock = new FakeClock(systemClock.now() + days * DAY_MS);
  return await createSessions({ registry, clock, random: systemRandom }).personOf(token);
}

test('a token is of its account, holds for its days, and ends with all others of it', async () => {
  const first = await run('token', 'add', ' Lezer@Example.NL ', '--days', '2');
  const second = await run('token', 'add', 'lezer@example.nl');
  expect([first.code, second.code]).toEqual([0, 0]);
  expect(await personOf(first.stdout, 1.9)).toEqual(READER);
  expect(await personOf(first.stdout, 2.1)).toBeUndefined();
  expect(await personOf(second.stdout, 89)).toEqual(READER);
  expect((await run('token', 'end', 'lezer@example.nl')).stdout).toBe('2');
  expect(await personOf(second.stdout)).toBeUndefined();
});

test('there is no token of nobody', async () => {
  const { code, stdout, stderr } = await run('token', 'add', 'niemand@example.nl');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/no account niemand@example.nl/);
});
