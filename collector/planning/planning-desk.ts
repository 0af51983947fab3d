// Where a plan is asked for: gathers what is known, takes the asked assumptions, and plans. The API
// and the commands both come here, so they say the same.
import type { Norm } from '#shared/model/norm.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type {
  PlanningAssumptions,
  PlanningBasis,
  ScenarioQuestion,
  ScenarioRows,
  ScenarioRule,
} from '#shared/wire/planning.ts';
import { localDay } from '../dossiers/local-day.ts';
import type { Schemes } from '../dossiers/subsidy/schemes.ts';
import type { BoardScope } from '../registry/registry.ts';
import { gatherPlanning, type PlanningSources } from './gather-planning.ts';
import { createPlanning, type Planning } from './planning.ts';
import { subsidyChoice } from './subsidy-choice.ts';

export interface DeskOptions extends PlanningSources {
  readonly norm: Norm;
  readonly schemes: Schemes;
  readonly clock: Pick<Clock, 'now'>;
}

export interface Plan {
  readonly basis: PlanningBasis;
  readonly planning: Planning;
}

export interface PlanningDesk {
  /**
   * Over the locations of `scope` alone: what lies outside does not exist for who asks. Throws
   * `bad_request` for a reading that the scheme has not.
   */
  plan(scope: BoardScope, asked: PlanningAssumptions): Promise<Plan>;
}

export function createPlanningDesk(options: DeskOptions): PlanningDesk {
  const { norm, clock, schemes } = options;
  return {
    plan: async (scope, asked) => {
      const { radiusKm, assumedCostEuro, on, reading, ...filter } = asked;
      const now = clock.now();
      const day = on ?? localDay(now);
      const { schemeId, readingId, isOpen, estimate } = subsidyChoice(schemes, day, reading);
      const assumedCostCents = assumedCostEuro === undefined ? null : centsOf(assumedCostEuro);
      const given = definedOf(filter);
      return {
        basis: {
          ...{ at: new Date(now).toISOString(), normVersion: norm.version, radiusKm },
          ...{
            schemeId,
            readingId,
            subsidyOn: day,
            schemeIsOpen: isOpen,
            assumedCostCents,
            filter: given,
          },
        },
        planning: createPlanning(await gatherPlanning(options, scope, now), {
          ...{ norm, estimate, radiusKm, filter: given },
          ...(assumedCostCents === null ? {} : { assumedCostCents }),
        }),
      };
    },
  };
}

/** One for each rule, in the order in which they were asked for. */
export function scenariosOf(
  { planning }: Plan,
  { budgetEuro, charge, candidates }: ScenarioQuestion,
  rules: readonly ScenarioRule[],
): ScenarioRows[] {
  const budgetCents = centsOf(budgetEuro);
  return [...new Set(rules)].map((rule) =>
    planning.scenario({ rule, charge, budgetCents }, candidates),
  );
}

/** Of an amount with at most two decimals. */
function centsOf(euro: number): number {
  return Math.round(euro * 100);
}

function definedOf({
  board,
  municipality,
  province,
  verdict,
  dossier,
}: PlanningBasis['filter']): PlanningBasis['filter'] {
  return {
    ...(board === undefined ? {} : { board }),
    ...(municipality === undefined ? {} : { municipality }),
    ...(province === undefined ? {} : { province }),
    ...(verdict === undefined ? {} : { verdict }),
    ...(dossier === undefined ? {} : { dossier }),
  };
}
