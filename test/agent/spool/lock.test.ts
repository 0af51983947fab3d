// The lock of a Node without SQLite: once per directory, by whatever path, until it is let go.
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockName } from '#agent/spool/lock.ts';
import { eventually } from '#test/support/process.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

test('a directory is locked once, and free again when the lock is gone', async () => {
  await using home = await temporaryFolder();
  await using other = await temporaryFolder();
  const alias = join(other.path, 'alias');
  await symlink(home.path, alias);
  const held = await lockName(home.path);
  await expect(lockName(alias)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  using _elsewhere = await lockName(other.path);
  held[Symbol.dispose]();
  using _again = await eventually('the lock is free', () => lockName(alias));
});
