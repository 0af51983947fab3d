// What each moment of a line was, from what all its devices say. Pure; the order of what comes in
// does not matter.
import type { EpochMs } from '#shared/model/units.ts';
import { type Span, subtract, union } from './spans.ts';
import type { Stretch } from './stretches.ts';

/** Sets that share no moment and together fill `from` to `until`. */
export interface Timeline {
  readonly up: readonly Span[];
  readonly lineDown: readonly Span[];
  readonly unreachable: readonly Span[];
  readonly localDown: readonly Span[];
  /** No device ran: a later record shows that none is still to come. */
  readonly off: readonly Span[];
  /** Not heard of since: off, down, or both; what was spooled may still come. */
  readonly silent: readonly Span[];
  /** A part of `up`. */
  readonly collectorDown: readonly Span[];
}

export interface TimelineInput {
  readonly stretches: readonly Stretch[];
  /** Times in which a device was in contact with the collector. */
  readonly contacts: readonly Span[];
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** What says most of the line wins: that it was up, then down, then nothing of it. */
export function timelineOf({ stretches, contacts, from, until }: TimelineInput): Timeline {
  const all: readonly Span[] = union([{ from, to: until }]);
  const outside = [
    { from: Number.NEGATIVE_INFINITY, to: from },
    { from: Math.max(from, until), to: Number.POSITIVE_INFINITY },
  ];
  const said = (...states: readonly Stretch['state'][]) =>
    subtract(union(stretches.filter(({ state }) => states.includes(state))), outside);
  const [asked, collectorDown] = [said('up'), said('collector_down')];
  const up = union([...asked, ...collectorDown, ...subtract(union(contacts), outside)]);
  const lineDown = subtract(said('line_down'), up);
  const known = union([...up, ...lineDown]);
  const unreachable = subtract(said('unreachable'), known);
  const localDown = subtract(said('local_down'), union([...known, ...unreachable]));
  const unobserved = subtract(all, union([...known, ...unreachable, ...localDown]));
  const lastSign = Math.max(from, ...[...stretches, ...contacts].map(({ to }) => to));
  const later = [{ from: lastSign, to: Number.POSITIVE_INFINITY }];
  const off = subtract(unobserved, later);
  return {
    ...{ up, lineDown, unreachable, localDown, off },
    silent: subtract(unobserved, off),
    collectorDown: subtract(collectorDown, asked),
  };
}
