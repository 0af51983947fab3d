// A line's timeline → percent per month and a list of outages, as a service level counts them. Pure.
// The definitions are told in this folder's README.
import type { LineLook } from '#shared/model/availability.ts';
import type { EpochMs, Ms, Share } from '#shared/model/units.ts';
import type { Month } from './months.ts';
import { lengthOf, type Span, subtract, union, within } from './spans.ts';
import type { Stretch } from './stretches.ts';
import { type Timeline, timelineOf } from './timeline.ts';

/** What an agreement on service levels says of counting. */
export interface OutageRules {
  /** A shorter outage is time up. */
  readonly minOutageMs: Ms;
  readonly maintenance: readonly Maintenance[];
}

export interface Maintenance extends Span {
  /** Absent: at all locations. */
  readonly locationIds?: readonly string[];
}

/** Every outage that was seen counts, whenever it was. */
export const COUNT_ALL: OutageRules = { minOutageMs: 0, maintenance: [] };

export interface AvailabilityInput {
  /** Of all devices at the line, in any order. */
  readonly stretches: readonly Stretch[];
  /** When a device was in contact with the collector, beyond what its records tell. */
  readonly contacts: readonly Span[];
  /** The first record there ever was; undefined: none. */
  readonly watchedFrom: EpochMs | undefined;
  readonly months: readonly Month[];
  readonly now: EpochMs;
  readonly minOutageMs: Ms;
  /** Of this location. */
  readonly maintenance: readonly Span[];
}

export interface MonthAvailability extends Month {
  /** Null where nothing of the line was observed. */
  readonly share: Share | null;
  readonly strictShare: Share | null;
  readonly observedMs: Ms;
  readonly lineDownMs: Ms;
  readonly unreachableMs: Ms;
  readonly localDownMs: Ms;
  readonly offMs: Ms;
  readonly silentMs: Ms;
  readonly maintenanceMs: Ms;
  /** A part of the time up. */
  readonly collectorDownMs: Ms;
  /** Outages of the line that count, whole or in part. */
  readonly outages: number;
}

export type OutageKind = 'line_down' | 'unreachable' | 'local_down' | 'off' | 'silent';

export interface Outage extends Span {
  readonly kind: OutageKind;
  /** Of an outage of the line: long enough, and not wholly in planned maintenance. */
  readonly counted: boolean;
  readonly startUncertaintyMs?: Ms | undefined;
  readonly endUncertaintyMs?: Ms | undefined;
  readonly evidence?: LineLook | undefined;
}

export interface Availability {
  /** As the months were given. */
  readonly months: readonly MonthAvailability[];
  /** Newest first. */
  readonly outages: readonly Outage[];
}

/** A device in contact says so each minute; less is no silence. */
const LEAST_SILENCE_MS: Ms = 600_000;

export function availabilityOf(input: AvailabilityInput): Availability {
  const { months, now, watchedFrom, stretches, contacts } = input;
  const earliest = Math.min(...months.map(({ from }) => from));
  const from = Math.max(earliest, watchedFrom ?? now);
  const until = Math.min(now, Math.max(...months.map(({ to }) => to)));
  const seen = timelineOf({ stretches, contacts, from, until });
  const planned = union(input.maintenance);
  const timeline = withoutShort(seen, input.minOutageMs);
  return {
    months: months.map((month) => monthOf(month, timeline, planned, { from, to: until })),
    outages: outagesOf(seen, stretches, input.minOutageMs, planned),
  };
}

function withoutShort(timeline: Timeline, minOutageMs: Ms): Timeline {
  const short = timeline.lineDown.filter(({ from, to }) => to - from < minOutageMs);
  return {
    ...timeline,
    up: union([...timeline.up, ...short]),
    lineDown: subtract(timeline.lineDown, short),
  };
}

function monthOf(
  month: Month,
  timeline: Timeline,
  planned: readonly Span[],
  watched: Span,
): MonthAvailability {
  const part = (spans: readonly Span[]) => subtract(within(spans, month), planned);
  const length = (spans: readonly Span[]) => lengthOf(part(spans));
  const [upMs, lineDownMs] = [length(timeline.up), length(timeline.lineDown)];
  const observedMs = upMs + lineDownMs;
  const watchedMs = length(union([watched]));
  return {
    ...month,
    share: observedMs === 0 ? null : upMs / observedMs,
    strictShare: watchedMs === 0 ? null : upMs / watchedMs,
    observedMs,
    lineDownMs,
    unreachableMs: length(timeline.unreachable),
    localDownMs: length(timeline.localDown),
    offMs: length(timeline.off),
    silentMs: length(timeline.silent),
    maintenanceMs: lengthOf(within(within(planned, watched), month)),
    collectorDownMs: length(timeline.collectorDown),
    outages: part(timeline.lineDown).length === 0 ? 0 : countIn(timeline.lineDown, month, planned),
  };
}

/** Maintenance in the middle makes one outage two spans, and no more outages. */
function countIn(outages: readonly Span[], month: Month, planned: readonly Span[]): number {
  return within(outages, month).filter((outage) => subtract([outage], planned).length > 0).length;
}

function outagesOf(
  timeline: Timeline,
  stretches: readonly Stretch[],
  minOutageMs: Ms,
  planned: readonly Span[],
): readonly Outage[] {
  const starts = Map.groupBy(stretches, ({ from }) => from);
  const kinds: readonly (readonly [OutageKind, readonly Span[]])[] = [
    ['line_down', timeline.lineDown],
    ['unreachable', timeline.unreachable],
    ['local_down', timeline.localDown],
    ['off', timeline.off],
    ['silent', timeline.silent.filter(({ from, to }) => to - from >= LEAST_SILENCE_MS)],
  ];
  return kinds
    .flatMap(([kind, spans]) =>
      spans.map((span): Outage => {
        const isLong = span.to - span.from >= minOutageMs;
        const isOutside = subtract([span], planned).length > 0;
        return {
          ...{ kind, ...span },
          counted: kind === 'line_down' && isLong && isOutside,
          startUncertaintyMs: uncertaintyOf(starts.get(span.from)),
          endUncertaintyMs: uncertaintyOf(starts.get(span.to)),
          evidence: evidenceOf(stretches, span, kind),
        };
      }),
    )
    .sort((a, b) => b.from - a.from);
}

function uncertaintyOf(stretches: readonly Stretch[] = []): Ms | undefined {
  const known = stretches.flatMap(({ startUncertaintyMs }) => startUncertaintyMs ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** What the first device of the order of their ids saw first: the same in any order of arrival. */
function evidenceOf(
  stretches: readonly Stretch[],
  span: Span,
  kind: OutageKind,
): LineLook | undefined {
  const [first] = stretches
    .filter(({ state, from, to }) => state === kind && from < span.to && to > span.from)
    .filter(({ evidence }) => evidence !== undefined)
    .sort((a, b) => a.from - b.from || (a.deviceId < b.deviceId ? -1 : 1));
  return first?.evidence;
}
