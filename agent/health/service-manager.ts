// What systemd is told of this process (sd_notify(3)). Node opens no datagram sockets of the Unix
// domain, so systemd's own systemd-notify sends it: once a minute, some milliseconds each. Under any
// other supervisor nothing is sent.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Ms } from '#shared/model/units.ts';
import { messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';

/** Fields of the protocol that are ours. */
export type Notice = Readonly<Partial<Record<'READY' | 'WATCHDOG' | 'STATUS', string>>>;

export interface ServiceManager {
  /** In which time it wants to hear of us; absent where it does not. */
  readonly watchdogMs?: Ms;
  /** Resolves when it was told, or could not be, which is logged once: then its watchdog will bark. */
  tell(notice: Notice): Promise<void>;
}

const DEADLINE_MS: Ms = 10_000;
const run = promisify(execFile);

export function openServiceManager(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
  log: Logger,
): ServiceManager {
  const { NOTIFY_SOCKET, PATH, WATCHDOG_USEC, WATCHDOG_PID } = env;
  if (NOTIFY_SOCKET === undefined) return { tell: async () => {} };
  const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid;
  const watchdogMs = isOurs ? Number(WATCHDOG_USEC) / 1000 : Number.NaN;
  let isReported = false;
  const tell = async (notice: Notice) => {
    const words = Object.entries(notice).map(([name, value]) => `${name}=${oneLine(value)}`);
    try {
      await run('systemd-notify', words, {
        env: { NOTIFY_SOCKET, ...(PATH === undefined ? {} : { PATH }) },
        timeout: DEADLINE_MS,
        killSignal: 'SIGKILL',
      });
      isReported = false;
    } catch (error) {
      if (!isReported) log.warn('the service manager cannot be told', { error: messageOf(error) });
      isReported = true;
    }
  };
  return watchdogMs > 0 ? { watchdogMs, tell } : { tell };
}

/** A line break would begin a field of its own. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
