// What a location's watch tells the judgement of a window without results. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';
import { lengthOf, type Span } from './spans.ts';
import type { Stretch } from './stretches.ts';
import { timelineOf } from './timeline.ts';

export interface WatchEvidence {
  readonly upMs: Ms;
  readonly lineDownMs: Ms;
  /** No device ran, as a later record shows. */
  readonly offMs: Ms;
  /** The first moment of the window's first outage. */
  readonly lineDownSince?: EpochMs | undefined;
  /** When the agent that was heard of last was stopped in order, where that is the last of it. */
  readonly stoppedAt?: EpochMs | undefined;
}

export interface WatchEvidenceInput {
  readonly stretches: readonly Stretch[];
  readonly contacts: readonly Span[];
  /** The first record there ever was; undefined: none. */
  readonly watchedFrom: EpochMs | undefined;
}

/** Saying goodbye is a contact too. */
const GOODBYE_MS: Ms = 60_000;

/** Undefined where no device ever kept a watch. */
export function watchEvidence(
  { stretches, contacts, watchedFrom }: WatchEvidenceInput,
  window: Span,
): WatchEvidence | undefined {
  if (watchedFrom === undefined) return undefined;
  const from = Math.max(window.from, watchedFrom);
  const timeline = timelineOf({ stretches, contacts, from, until: window.to });
  const [firstDown] = timeline.lineDown;
  const stoppedAt = stopOf(stretches, contacts);
  return {
    upMs: lengthOf(timeline.up),
    lineDownMs: lengthOf(timeline.lineDown),
    offMs: lengthOf(timeline.off),
    ...(firstDown === undefined ? {} : { lineDownSince: firstDown.from }),
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
  };
}

function stopOf(stretches: readonly Stretch[], contacts: readonly Span[]): EpochMs | undefined {
  const lastAt = Math.max(...stretches.map(({ to }) => to));
  const wasStopped = stretches.some(({ to, ended }) => to === lastAt && ended === 'stopped');
  const isBack = contacts.some(({ to }) => to - lastAt > GOODBYE_MS);
  return wasStopped && !isBack ? lastAt : undefined;
}
