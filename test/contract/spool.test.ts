// The spool contract on both: in memory, and on a real disk.
import { openDiskSpool } from '#agent/spool/disk.ts';
import { createMemorySpool } from '#agent/spool/memory.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { spoolContract } from './spool.ts';

spoolContract('memory', async (maxBytes) => {
  const spool = createMemorySpool({ maxBytes });
  return { spool, [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose]() };
});

spoolContract('disk', async (maxBytes) => {
  const folder = await temporaryFolder();
  const spool = await openDiskSpool({ directory: folder.path, maxBytes, log: silentLog });
  return {
    spool,
    [Symbol.asyncDispose]: async () => {
      await spool[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
});
