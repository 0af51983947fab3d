// What a person may say of a line on the command line, in one process with a real registry.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCollector } from '#collector/cli.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  const path = join(folder.path, 'registry.db');
  await using registry = await openSqliteRegistry({ path, clock: systemClock, log: silentLog });
  const location = { id: '16SW03', boardId: '41234', name: 'De Peelschool' };
  await registry.importLocations([{ id: '41234', name: 'Een' }], [location]);
});
afterEach(() => folder[Symbol.asyncDispose]());

async function run(...args: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const code = await runCollector(args, {
    args,
    env: { MEETNET_DATA: folder.path },
    nodePath: process.execPath,
    signal: new AbortController().signal,
    parentGone: undefined,
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
  return { code, stdout, stderr };
}
const line = async (...args: readonly string[]) => JSON.parse((await run('line', ...args)).stdout);

test('what is known of a line is added, changed and made unknown again, in whichever case its code is', async () => {
  expect(
    await line('add', '16sw03', 'Glas', '--kind', 'fibre', '--provider', 'A', '--down', '1000,5'),
  ).toMatchObject({
    locationId: '16SW03',
    kind: 'fibre',
    provider: 'A',
    contractedDownMbps: 1000.5,
  });
  expect(await line('change', '16SW03', 'glas', '--up', '940.25', '--name', 'Kabel')).toMatchObject(
    {
      ...{ name: 'Kabel', provider: 'A', contractedUpMbps: 940.25 },
    },
  );
  const bare = await line('change', '16SW03', 'Kabel', '--no-provider', '--no-down', '--no-up');
  expect(Object.keys(bare).sort()).toEqual(
    ['createdAt', 'endedAt', 'id', 'kind', 'locationId', 'name', 'role'].sort(),
  );
  expect((await run('enrol-code', '16sw03', '--line', 'kabel')).code).toBe(0);
});

test.each([
  [['add', '16SW03', 'x', '--down', '1.000'], /number of Mbit\/s above 0, such as 1000 or 12\.5/],
  [['add', '16SW03', 'x', '--up', '1e3'], /number of Mbit\/s/],
  [['add', '16SW03', 'x', '--up', '0'], /number of Mbit\/s/],
  [['add', '16SW03', ' '], /^meetnet-collector: name: /],
  [['add', '16SW03', 'x', '--provider', ''], /^meetnet-collector: provider: /],
  [['change', '16SW03', 'hoofdlijn', '--provider', ' '], /^meetnet-collector: provider: /],
  [['change', '16SW03', 'hoofdlijn', '--name', 'x'.repeat(61)], /^meetnet-collector: name: /],
  [['change', '16SW03', 'hoofdlijn'], /give what changes, such as --kind fibre/],
])('what cannot be is refused and changes nothing: line %j', async (args, stderr) => {
  const refused = await run('line', ...args);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(stderr);
  expect(await line('list', '16SW03')).toMatchObject({ name: 'hoofdlijn', kind: 'unknown' });
});
