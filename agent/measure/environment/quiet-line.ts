// In path, the port's counters tell whether others use the line: wait for a quiet moment.
import type { Clock } from '#shared/runtime/clock.ts';
import type { PortBytes } from './port.ts';

/** Others' traffic on a quiet line, at most, both directions. */
export const QUIET_BYTES_PER_S = 25_000;
const LOOK_MS = 1_000;
const QUIET_LOOKS = 5;
const PATIENCE_LOOKS = 30;

export interface QuietWait {
  readonly state: 'quiet' | 'busy' | 'unknown';
  /** Others' bytes per second, both directions, in the last five seconds. */
  readonly bytesPerS?: number;
}

/** Until the line was quiet for 5 s on end, at most 30 s. */
export async function waitForQuietLine(
  read: () => PortBytes | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<QuietWait> {
  let before = read();
  if (before === undefined) return { state: 'unknown' };
  const rates: number[] = [];
  for (let look = 0; look < PATIENCE_LOOKS; look += 1) {
    const start = clock.monotonicMs();
    await clock.sleep(LOOK_MS, signal);
    const now = read();
    if (now === undefined) return { state: 'unknown' };
    const bytes = now.received - before.received + now.sent - before.sent;
    rates.push((bytes * 1000) / (clock.monotonicMs() - start));
    before = now;
    const last = rates.slice(-QUIET_LOOKS);
    const bytesPerS = last.reduce((sum, rate) => sum + rate, 0) / last.length;
    const isQuiet = last.length === QUIET_LOOKS && last.every((rate) => rate <= QUIET_BYTES_PER_S);
    if (isQuiet) return { state: 'quiet', bytesPerS };
  }
  return { state: 'busy' };
}
