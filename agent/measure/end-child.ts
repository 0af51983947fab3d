// The end of a process that this one started: asked first, then made.
import type { ChildProcess } from 'node:child_process';
import type { Clock } from '#shared/runtime/clock.ts';

const KILL_AFTER_MS = 2_000;

/** Asks, then makes it; nothing of a test outlives it. */
export async function endChild(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const over = new AbortController();
  child.kill('SIGTERM');
  const patience = clock.sleep(KILL_AFTER_MS, over.signal).then(
    () => child.kill('SIGKILL'),
    () => {},
  );
  await gone;
  over.abort();
  await patience;
}
