import { expect, test } from 'vitest';
import { createLenientWrites } from '#agent/files/lenient-writes.ts';
import { silentLog } from '#test/support/silent-log.ts';

test('a write that fails is said once, also when it goes on failing, and once when it works again', async () => {
  const said: string[] = [];
  const note = (message: string, fields?: object) =>
    void said.push(`${message}: ${(fields as { what?: string }).what}`);
  const write = createLenientWrites({ ...silentLog, warn: note, info: note });
  let code: string | undefined = 'ENOSPC';
  const attempt = async () => {
    if (code !== undefined) throw Object.assign(new Error(code), { code });
  };
  for (let turn = 0; turn < 3; turn += 1) await write('the plan', attempt);
  await write('the status', async () => {});
  code = 'EROFS';
  await write('the plan', attempt);
  code = undefined;
  for (let turn = 0; turn < 3; turn += 1) await write('the plan', attempt);
  expect(said).toEqual([
    expect.stringMatching(/cannot be kept.*the plan/),
    expect.stringMatching(/cannot be kept.*the plan/),
    expect.stringMatching(/again.*the plan/),
  ]);
});
