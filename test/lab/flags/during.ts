// Something that goes on at one end of a link while something else is done.
import type { DelayedLink } from '../line/delayed-link.ts';

/** Runs `command` at `side` until the end of `work`. */
export async function during<T>(
  link: DelayedLink,
  side: 'near' | 'far',
  command: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const [name = '', ...args] = command;
  const child = link.spawn(side, name, args);
  const gone = new Promise((resolve) => child.on('close', resolve));
  try {
    return await work();
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
}
