// Which verdict of a location's history holds: a change alerts nobody and opens no dossier before it
// has stood for 24 hours. Pure.
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';

export const SETTLES_AFTER_MS = 24 * 3_600_000;

export interface SettledVerdict {
  /** The newest whose outcome stood for 24 hours on end; absent when none has yet. */
  readonly settled?: Verdict;
  /** Since when its outcome stood. */
  readonly since?: EpochMs;
  /** Another outcome, given since and still too young. */
  readonly pending?: { readonly verdict: Verdict; readonly settlesAt: EpochMs };
}

/**
 * @param history each verdict with which outcome or norm changed, in any order; what was given after
 *   `now` is ignored. A new norm with the same outcome is no change.
 */
export function settledVerdict(history: readonly Verdict[], now: EpochMs): SettledVerdict {
  const runs = runsOf(history, now);
  const last = runs.at(-1);
  if (last === undefined) return {};
  const held = runs.findLast(({ from, to }) => to - from >= SETTLES_AFTER_MS);
  const pending =
    last === held || last.verdict.outcome === held?.verdict.outcome
      ? {}
      : { pending: { verdict: last.verdict, settlesAt: last.from + SETTLES_AFTER_MS } };
  return held === undefined ? pending : { settled: held.verdict, since: held.from, ...pending };
}

interface Run {
  /** The newest with this outcome. */
  readonly verdict: Verdict;
  readonly from: EpochMs;
  /** When another outcome came, or now. */
  readonly to: EpochMs;
}

function runsOf(history: readonly Verdict[], now: EpochMs): readonly Run[] {
  const inTime = history
    .map((verdict) => ({ verdict, at: Date.parse(verdict.judgedAt) }))
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at - b.at);
  const runs: Run[] = [];
  for (const { verdict, at } of inTime) {
    const last = runs.at(-1);
    if (last?.verdict.outcome === verdict.outcome) {
      runs[runs.length - 1] = { ...last, verdict };
      continue;
    }
    if (last !== undefined) runs[runs.length - 1] = { ...last, to: at };
    runs.push({ verdict, from: at, to: now });
  }
  return runs;
}
