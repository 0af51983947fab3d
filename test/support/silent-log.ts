// A log that nobody reads, for tests whose subject is something else.
import type { Logger } from '#shared/runtime/log.ts';

export const silentLog: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
