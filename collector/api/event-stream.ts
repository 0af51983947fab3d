// One reader's stream of changed locations: at most one event per location per second, however
// often it changes, and nothing is queued for a reader that does not keep up.
import type { Clock } from '#shared/runtime/clock.ts';

/** Spacing of events of one location. */
const SPACING_MS = 1000;

export interface EventSink {
  /** False: the reader is behind, try again later. Nothing was taken. */
  take(locationId: string): boolean;
}

export interface EventStream {
  changed(locationId: string): void;
  end(): void;
}

export function createEventStream(sink: EventSink, clock: Clock): EventStream {
  const sentAt = new Map<string, number>();
  const pending = new Set<string>();
  const send = (locationId: string) => {
    const now = clock.monotonicMs();
    const last = sentAt.get(locationId);
    const isDue = last === undefined || now - last >= SPACING_MS;
    if (!isDue || !sink.take(locationId)) {
      pending.add(locationId);
      return;
    }
    pending.delete(locationId);
    sentAt.set(locationId, now);
  };
  const stop = clock.every(SPACING_MS, () => {
    const before = clock.monotonicMs() - SPACING_MS;
    for (const [locationId, at] of sentAt) if (at <= before) sentAt.delete(locationId);
    for (const locationId of [...pending]) send(locationId);
  });
  return { changed: send, end: stop };
}
