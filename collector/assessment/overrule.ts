// Which overrule holds, and what then stands. Pure: an overrule ends by itself because whoever asks
// later is told so.
import type { Overrule } from '#shared/model/overrule.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Outcome, Verdict } from '#shared/model/verdict.ts';

/** The one that holds at `now`: the newest that has begun, has not ended and was not withdrawn by then. */
export function activeOverrule(overrules: readonly Overrule[], now: EpochMs): Overrule | undefined {
  return overrules
    .filter(({ createdAt, endsAt, withdrawn }) => {
      const end = Math.min(Date.parse(endsAt), Date.parse(withdrawn?.at ?? endsAt));
      return Date.parse(createdAt) <= now && now < end;
    })
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .at(0);
}

export interface Standing {
  readonly outcome: Outcome;
  readonly by: 'overrule' | 'verdict';
}

/** What a verdict counts for beside an overrule that holds; undefined where there is neither. */
export function standingOutcome(
  verdict: Pick<Verdict, 'outcome'> | undefined,
  overrule: Pick<Overrule, 'outcome'> | undefined,
): Standing | undefined {
  if (overrule !== undefined) return { outcome: overrule.outcome, by: 'overrule' };
  return verdict === undefined ? undefined : { outcome: verdict.outcome, by: 'verdict' };
}
