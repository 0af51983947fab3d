// Which verdict stands: one that has held for a day. A change of a few hours opens and closes
// nothing. Pure.
import type { StandingVerdict } from '#shared/model/dossier.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';

const HOLD_MS = 24 * 3_600_000;

/**
 * The last outcome that held for `holdMs` without another one between; undefined where none has.
 * `history` is oldest first, an entry for each change of outcome or norm. `latest` is the newest
 * verdict, whose evidence the answer rests on while its outcome is the one that stands.
 */
export function standingVerdict(
  history: readonly Verdict[],
  latest: Verdict | undefined,
  now: EpochMs,
  holdMs: Ms = HOLD_MS,
): StandingVerdict | undefined {
  let until = now;
  for (let at = history.length - 1; at >= 0; ) {
    const outcome = history[at]?.outcome;
    let first = at;
    while (first > 0 && history[first - 1]?.outcome === outcome) first -= 1;
    const [started, ended] = [history[first], history[at]];
    if (started === undefined || ended === undefined) return undefined;
    const since = Date.parse(started.judgedAt);
    if (until - since >= holdMs) {
      const isNow = at === history.length - 1 && latest !== undefined && latest.outcome === outcome;
      const newest = isNow ? latest : ended;
      return {
        outcome: newest.outcome,
        since: started.judgedAt,
        evidenceFrom: newest.evidence.from,
        normVersion: newest.normVersion,
      };
    }
    until = since;
    at = first - 1;
  }
  return undefined;
}
