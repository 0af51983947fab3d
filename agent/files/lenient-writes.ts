// Writes that the agent can do without for a while: on a disk that is full or read-only it goes on
// with what it has in memory. Says so once, and once when it works again: a log is a write too.
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';

/** Never rejects. `what`: of what is written, for people. */
export type LenientWrite = (what: string, write: () => Promise<void>) => Promise<void>;

export function createLenientWrites(log: Logger): LenientWrite {
  const troubles = new Map<string, string>();
  return async (what, write) => {
    try {
      await write();
      if (troubles.delete(what)) log.info('kept on disk again', { what });
    } catch (error) {
      const { code = messageOf(error) } = error as NodeJS.ErrnoException;
      if (troubles.get(what) === code) return;
      troubles.set(what, code);
      log.warn('cannot be kept on disk; the agent goes on without', {
        what,
        error: messageOf(error),
      });
    }
  };
}
