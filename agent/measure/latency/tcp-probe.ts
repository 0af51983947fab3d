// Round trips over a kept HTTP connection, one after another: what is left where UDP is blocked. TCP sends
// again what is lost, so that loss shows only as a long round trip.
import type { Ms } from '#shared/model/units.ts';
import { type Clock, withDeadline } from '#shared/runtime/clock.ts';
import type { Probe } from './probe.ts';
import { LATE_MS, type ProbeReply } from './probe-log.ts';

export interface TcpProbeOptions {
  /** One round trip. Rejects when there was none. */
  readonly ping: (signal: AbortSignal) => Promise<unknown>;
  readonly perSecond: number;
  readonly clock: Clock;
}

export function openTcpProbe({ ping, perSecond, clock }: TcpProbeOptions): Probe {
  const over = new AbortController();
  const start = clock.monotonicMs();
  const sentMs: Ms[] = [];
  const replies: ProbeReply[] = [];
  const gapMs = 1000 / perSecond;
  const once = async () => {
    const sequence = sentMs.length;
    const from = clock.monotonicMs();
    sentMs.push(from - start);
    try {
      const late = () => new Error('no answer in time');
      await withDeadline(clock, LATE_MS, late, ping, over.signal);
      replies.push({ sequence, roundTripMs: clock.monotonicMs() - from });
    } catch {
      // Its absence says it.
    }
    await clock.sleep(Math.max(0, gapMs - (clock.monotonicMs() - from)), over.signal);
  };
  const running = (async () => {
    while (!over.signal.aborted) await once();
  })().catch(() => {});
  return {
    stop: async (graceMs) => {
      // One probe is under way at most; it has its time.
      await clock.sleep(graceMs);
      over.abort(new Error('enough'));
      await running;
      return { transport: 'tcp', sentMs, replies, endMs: clock.monotonicMs() - start };
    },
  };
}
