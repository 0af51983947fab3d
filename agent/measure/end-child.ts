// The end of a process that this one started: asked first, then made.
import type { ChildProcess } from 'node:child_process';
import type { Clock } from '#shared/runtime/clock.ts';

const KILL_AFTER_MS = 2_000;
/** A process that hangs in the kernel goes when that lets it; nobody waits for it here. */
const LEAVE_AFTER_MS = 10_000;

/** Asks, then makes it. */
export async function endChild(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const over = new AbortController();
  child.kill('SIGTERM');
  const patience = clock.sleep(KILL_AFTER_MS, over.signal).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
  const left = clock.sleep(LEAVE_AFTER_MS, over.signal).catch(() => {});
  await Promise.race([gone, left]);
  over.abort();
  await patience;
}
