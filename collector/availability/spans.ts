// Sets of time: sorted spans that neither touch nor overlap. Pure.
import type { EpochMs, Ms } from '#shared/model/units.ts';

export interface Span {
  /** Inclusive. */
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/** Of spans in any order, overlapping, touching or empty. */
export function union(spans: readonly Span[]): readonly Span[] {
  const merged: { from: EpochMs; to: EpochMs }[] = [];
  const sorted = spans.filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from);
  for (const { from, to } of sorted) {
    const last = merged.at(-1);
    if (last === undefined || from > last.to) merged.push({ from, to });
    else last.to = Math.max(last.to, to);
  }
  return merged;
}

/** Both are sets; so is what is left of `a`. */
export function subtract(a: readonly Span[], b: readonly Span[]): readonly Span[] {
  const left: Span[] = [];
  let next = 0;
  for (const { from, to } of a) {
    let at = from;
    while (next < b.length && (b[next]?.to ?? 0) <= from) next += 1;
    for (let index = next; index < b.length; index += 1) {
      const hole = b[index];
      if (hole === undefined || hole.from >= to) break;
      if (hole.from > at) left.push({ from: at, to: hole.from });
      at = Math.max(at, hole.to);
    }
    if (at < to) left.push({ from: at, to });
  }
  return left;
}

export function within(spans: readonly Span[], { from, to }: Span): readonly Span[] {
  return spans
    .map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
    .filter((span) => span.to > span.from);
}

export function lengthOf(spans: readonly Span[]): Ms {
  return spans.reduce((total, { from, to }) => total + (to - from), 0);
}
