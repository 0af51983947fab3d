// How planning estimates subsidies: by the scheme of the day, in the asked reading. Pure.
import type { SubsidyEstimate } from '#shared/model/subsidy.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { estimate } from '../dossiers/subsidy/estimate.ts';
import { explainEstimate } from '../dossiers/subsidy/explain-estimate.ts';
import { nearestScheme, type Schemes } from '../dossiers/subsidy/schemes.ts';
import type { Subsidy, SubsidyEstimator } from './planning-input.ts';

export interface SubsidyChoice {
  /** Null where no scheme is known; then every estimate is 0. */
  readonly schemeId: string | null;
  readonly readingId: string | null;
  /** Whether it takes applications on the day. */
  readonly isOpen: boolean;
  readonly estimate: SubsidyEstimator;
}

/**
 * For applications on `day` (ISO 8601), or on the day that a question names. A scheme that is not
 * open on the day gives nothing. Throws `bad_request` for a reading that the scheme has not.
 */
export function subsidyChoice(
  schemes: Schemes,
  day: string,
  asked: string | undefined,
): SubsidyChoice {
  const scheme = nearestScheme(schemes.all, day);
  if (scheme === undefined) {
    return { schemeId: null, readingId: null, isOpen: false, estimate: () => NO_SCHEME };
  }
  const readings = scheme.readings.map(({ id }) => id);
  if (asked !== undefined && !readings.includes(asked)) {
    throw new AppError(
      'bad_request',
      `reading: scheme ${scheme.id} has no reading ${asked}; it has ${readings.join(', ')}`,
    );
  }
  return {
    schemeId: scheme.id,
    readingId: asked ?? schemes.readingOf(scheme),
    isOpen: scheme.opens <= day && day <= scheme.closes,
    estimate: remembered(({ on = day, presentKinds, ...question }) => {
      const then = nearestScheme(schemes.all, on) ?? scheme;
      const hasAsked = then.readings.some(({ id }) => id === asked);
      const reading = hasAsked ? asked : schemes.readingOf(then);
      const application = { ...question, on, presentKinds: [...presentKinds] };
      return subsidyOf(estimate(then, application, reading));
    }),
  };
}

const NO_SCHEME: Subsidy = {
  amountCents: 0,
  isAssumed: false,
  calculation: { nl: 'Er is geen regeling bekend.', en: 'No scheme is known.' },
};

function subsidyOf(made: SubsidyEstimate): Subsidy {
  const { conditions, steps } = explainEstimate(made);
  const said = [...conditions, ...steps];
  return {
    amountCents: made.amountCents,
    isAssumed: made.qualifies === 'unknown' && made.amountCents > 0,
    calculation: {
      nl: said.map(({ nl }) => nl).join(' '),
      en: said.map(({ en }) => en).join(' '),
    },
  };
}

/** Where a cost is assumed the whole country asks the same. */
function remembered(estimator: SubsidyEstimator): SubsidyEstimator {
  const known = new Map<string, Subsidy>();
  return (question) => {
    const key = JSON.stringify(Object.entries(question).sort());
    const found = known.get(key) ?? estimator(question);
    known.set(key, found);
    return found;
  };
}
