import { spawn } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockDataDirectory, makeDataDirectory } from '#collector/process/data-directory.ts';
import { openSlotKey, readSlotKey } from '#collector/process/slot-key.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

test('the directory is made for its owner alone, and a file in its place is a clear error', async () => {
  await using folder = await temporaryFolder();
  const made = await makeDataDirectory(join(folder.path, 'a', 'data'));
  expect((await stat(made)).mode & 0o777).toBe(0o700);
  await writeFile(join(folder.path, 'file'), '');
  await expect(makeDataDirectory(join(folder.path, 'file'))).rejects.toMatchObject({
    code: 'data_directory',
    message: expect.stringMatching(/cannot be made .* set MEETNET_DATA/),
  });
});

test('one collector at a time: a second is told, and the lock ends with a killed process', async () => {
  await using folder = await temporaryFolder();
  const script = join(folder.path, 'hold.mjs');
  const module = join(import.meta.dirname, '../../../collector/process/data-directory.ts');
  await writeFile(
    script,
    `import { lockDataDirectory } from ${JSON.stringify(module)};
     globalThis.lock = lockDataDirectory(${JSON.stringify(folder.path)});
     console.log('held');
     setInterval(() => {}, 1000);`,
  );
  const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => holder.on('close', resolve));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  expect(() => lockDataDirectory(folder.path)).toThrow(
    expect.objectContaining({
      code: 'address_in_use',
      message: expect.stringMatching(/another collector is using the data directory/),
    }),
  );
  holder.kill('SIGKILL');
  await ended;
  using _lock = lockDataDirectory(folder.path);
});

test('the slot key is made once, private, and read by the measure server', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'slot.key');
  const first = await openSlotKey(path, systemRandom);
  expect(first).toHaveLength(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await openSlotKey(path, systemRandom)).toEqual(first);
  expect(await readSlotKey(path)).toEqual(first);
});

test('a key file that is missing or damaged says what to do', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'slot.key');
  await expect(readSlotKey(path)).rejects.toThrow(/cannot be read .* give the slot\.key/);
  await writeFile(path, 'kort');
  await expect(readSlotKey(path)).rejects.toThrow(/holds no key of 32 bytes; remove it/);
  await expect(openSlotKey(path, systemRandom)).rejects.toThrow(/remove it/);
  await mkdir(join(folder.path, 'folder'));
  await expect(openSlotKey(join(folder.path, 'folder'), systemRandom)).rejects.toMatchObject({
    code: 'data_directory',
  });
});
