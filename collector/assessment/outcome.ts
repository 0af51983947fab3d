// What one direction of one test says against a norm. The agent decided against the norm of its
// plan; when the norm has changed since, its decision may no longer be borne out by its figures.
import type { DirectionResult, TestOutcome } from '#shared/model/measurement.ts';
import { type Direction, type Norm, requiredMbps } from '#shared/model/norm.ts';
import type { DirectionEvidence } from './evidence.ts';

export function directionEvidence(
  result: DirectionResult,
  direction: Direction,
  norm: Norm,
): DirectionEvidence {
  const required = requiredMbps(norm, direction);
  const outcome = outcomeAgainst(result, required);
  const isNear =
    result.provisional === true || result.ipCapacity >= norm[direction] * norm.provisionalShare;
  const isWithheld = result.withheld === 'fail' && result.ipCapacity < required;
  return {
    outcome,
    ipCapacity: result.ipCapacity,
    interval: result.interval,
    provisional: outcome === 'fail' && isNear,
    withheld: outcome === 'inconclusive' && isWithheld ? { provisional: isNear } : undefined,
  };
}

/**
 * The agent's outcome (its stop rule's interval is corrected for repeated looks, the stored one
 * is not), unless its own reading contradicts it under this norm; then what the interval says. A
 * paced reading says only "at least", so it never turns into a fail.
 */
function outcomeAgainst(result: DirectionResult, required: number): TestOutcome {
  const { outcome, ipCapacity, interval } = result;
  const isContradicted =
    (outcome === 'pass' && ipCapacity < required) || (outcome === 'fail' && ipCapacity >= required);
  if (!isContradicted) return outcome;
  if (interval[0] >= required) return 'pass';
  return interval[1] < required && result.atLeast !== true ? 'fail' : 'inconclusive';
}
