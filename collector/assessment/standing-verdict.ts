// What a location counts for, to dossiers and alerts: what an operator says while his overrule holds,
// else what measurements have said for a day. Pure.
import type { StandingVerdict } from '#shared/model/dossier.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import { activeOverrule } from './overrule.ts';
import { settledVerdict } from './settled.ts';

export interface SaidOfLocation {
  /** Each verdict with which outcome or norm changed. */
  readonly history: readonly Verdict[];
  /** The newest, whose evidence the answer rests on while its outcome is the one that stands. */
  readonly latest: Verdict | undefined;
  readonly overrules: readonly Overrule[];
}

/** Undefined while nothing has settled and nobody has overruled. */
export function standingVerdict(
  { history, latest, overrules }: SaidOfLocation,
  now: EpochMs,
): StandingVerdict | undefined {
  const overrule = activeOverrule(overrules, now);
  if (overrule !== undefined) return byOverrule(overrule, latest);
  const { settled, since } = settledVerdict(history, now);
  if (settled === undefined || since === undefined) return undefined;
  const isNewest = history.every(
    ({ judgedAt }) => judgedAt <= settled.judgedAt || Date.parse(judgedAt) > now,
  );
  const newest = isNewest && latest?.outcome === settled.outcome ? latest : settled;
  return {
    outcome: settled.outcome,
    since: new Date(since).toISOString(),
    evidenceFrom: newest.evidence.from,
    normVersion: newest.normVersion,
  };
}

/** It is said of the line as it is on the day of saying. */
function byOverrule(
  { id, outcome, reason, author, createdAt, endsAt }: Overrule,
  latest: Verdict | undefined,
): StandingVerdict {
  return {
    outcome,
    since: createdAt,
    evidenceFrom: createdAt,
    ...(latest === undefined ? {} : { normVersion: latest.normVersion }),
    overrule: { id, reason, author, endsAt },
  };
}
