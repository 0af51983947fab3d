// The national funnel: from every location to those that were helped, in the words of the
// minister's letter of 2019. Pure.
import type { FunnelStep, FunnelStepId } from '#shared/wire/planning.ts';
import { offerQuestion } from './location-cost.ts';
import {
  fallsShort,
  outcomeOf,
  type PlanningInput,
  type PlanningState,
  type SubsidyEstimator,
} from './planning-input.ts';
import { sum } from './sum.ts';

interface StepRule {
  readonly step: FunnelStepId;
  /** The step that this one is a part of; null for the first. */
  readonly of: FunnelStepId | null;
  readonly has: (input: PlanningInput, estimate: SubsidyEstimator) => boolean;
}

/** A line's own outcomes; the others say that it could not be judged. */
const JUDGED: readonly string[] = ['meets', 'below', 'intermittent'];
const ANSWERS: readonly PlanningState[] = ['suffices', 'too_costly', 'wants_better'];
/** What only a school comes to that wants better. */
const AFTER_WANTING: readonly PlanningState[] = ['offer', 'maatwerk', 'ordered', 'delivered'];

/**
 * A location with a dossier was measured, judged and under the norm when it was opened, or an
 * operator said so, whatever its evidence is today; so each step is a part of the one that it names.
 */
const RULES: readonly StepRule[] = [
  { step: 'locations', of: null, has: () => true },
  { step: 'measured', of: 'locations', has: (input) => isFlagged(input) || tests(input) > 0 },
  {
    step: 'judged',
    of: 'measured',
    // What was never measured was not judged, whatever is said of it.
    has: (input) =>
      isFlagged(input) || (tests(input) > 0 && JUDGED.includes(outcomeOf(input) ?? '')),
  },
  { step: 'below', of: 'judged', has: isFlagged },
  { step: 'asked', of: 'below', has: (input) => reached(input, 'asked') || hasAnswer(input) },
  { step: 'suffices', of: 'asked', has: (input) => answerOf(input) === 'suffices' },
  { step: 'too_costly', of: 'asked', has: (input) => answerOf(input) === 'too_costly' },
  { step: 'wants_better', of: 'asked', has: (input) => answerOf(input) === 'wants_better' },
  {
    step: 'no_answer',
    of: 'asked',
    has: (input) => reached(input, 'asked') && !hasAnswer(input),
  },
  { step: 'offer', of: 'wants_better', has: (input) => wants(input) && reached(input, 'offer') },
  {
    step: 'maatwerk',
    of: 'wants_better',
    has: (input) => wants(input) && reached(input, 'maatwerk'),
  },
  {
    step: 'ordered',
    of: 'wants_better',
    has: (input) => wants(input) && (reached(input, 'ordered') || reached(input, 'delivered')),
  },
  {
    step: 'subsidised',
    of: 'ordered',
    has: (input, estimate) => wants(input) && isSubsidised(input, estimate),
  },
  {
    step: 'delivered',
    of: 'ordered',
    has: (input) => wants(input) && reached(input, 'delivered'),
  },
  { step: 'set_aside', of: 'below', has: ({ dossier }) => dossier?.state === 'set_aside' },
];

export function funnelOf(
  inputs: readonly PlanningInput[],
  estimate: SubsidyEstimator,
): readonly FunnelStep[] {
  const counts = new Map<FunnelStepId, number>();
  return RULES.map(({ step, of, has }) => {
    const counted = inputs.filter((input) => has(input, estimate));
    counts.set(step, counted.length);
    const whole = of === null ? counted.length : (counts.get(of) ?? 0);
    return {
      step,
      of,
      locations: counted.length,
      pupils: sum(counted.map(({ location }) => location.pupils ?? 0)),
      share: whole === 0 ? null : Number((counted.length / whole).toFixed(4)),
      overruled: counted.filter(({ overrule }) => overrule !== undefined).length,
    };
  });
}

function isFlagged(input: PlanningInput): boolean {
  return fallsShort(input) || input.dossier !== undefined;
}

function tests({ verdict }: PlanningInput): number {
  return verdict?.evidence.tests ?? 0;
}

function reached({ dossier }: PlanningInput, state: PlanningState): boolean {
  return dossier?.reached.includes(state) ?? false;
}

/** What was ordered is an offer for which the scheme of that day gives something. */
function isSubsidised({ dossier }: PlanningInput, estimate: SubsidyEstimator): boolean {
  const { order, offers = [] } = dossier ?? {};
  const offer = offers.find(({ id }) => id === order?.offerId);
  if (order === undefined || offer === undefined) return false;
  return estimate({ ...offerQuestion(offer), on: order.on }).amountCents > 0;
}

function hasAnswer(input: PlanningInput): boolean {
  return answerOf(input) !== undefined;
}

function wants(input: PlanningInput): boolean {
  return answerOf(input) === 'wants_better';
}

/** The school's last word. Offers and orders are made for a school that wants better. */
function answerOf({ dossier }: PlanningInput): PlanningState | undefined {
  const last = dossier?.reached.findLast(
    (state) => ANSWERS.includes(state) || AFTER_WANTING.includes(state),
  );
  return last !== undefined && AFTER_WANTING.includes(last) ? 'wants_better' : last;
}
