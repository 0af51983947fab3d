// What planning knows of one location: plain values that `gather-planning.ts` brings together.
// Everything else in this folder is computed from these and from nothing else.
import type { DossierState, Offer } from '#shared/model/dossier.ts';
import type { Line, LineKind } from '#shared/model/line.ts';
import type { Location } from '#shared/model/location.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { EpochMs, Mbps } from '#shared/model/units.ts';
import type { Outcome, Verdict } from '#shared/model/verdict.ts';
import type { Text } from '#shared/wire/api.ts';
import { standingOutcome } from '../assessment/overrule.ts';

/** WGS 84, degrees. */
export type Coordinates = Pick<NonNullable<Location['coordinates']>, 'latitude' | 'longitude'>;

export interface Speeds {
  readonly download: Mbps;
  readonly upload: Mbps;
}

export type PresentLine = Pick<
  Line,
  'role' | 'kind' | 'provider' | 'contractedDownMbps' | 'contractedUpMbps' | 'endedAt'
>;

/** A dossier's state, and `set_aside` in the place of the one in which it rests. */
export type PlanningState = DossierState | 'set_aside';

/** Money is whole euro cents of the whole offer, for all its locations together. */
export type PlanningOffer = Pick<
  Offer,
  'id' | 'provider' | 'kind' | 'oneOffCents' | 'monthlyCents' | 'downloadMbps' | 'uploadMbps'
> & {
  /** All of its locations, in ascending order: it is taken up by all of them or by none. */
  readonly members: readonly OfferMember[];
};

export interface OfferMember {
  readonly locationId: string;
  /** Of the line that it has now. */
  readonly presentKind: LineKind;
}

export interface PlanningDossier {
  readonly state: PlanningState;
  readonly since: EpochMs;
  /** Every state that this round of the case came to, the present one last. */
  readonly reached: readonly PlanningState[];
  /** Of this round. */
  readonly offers: readonly PlanningOffer[];
  /** Day (ISO 8601), and the offer where it was one that was ordered. */
  readonly order?: { readonly on: string; readonly offerId?: string };
}

export interface PlanningInput {
  readonly location: Location;
  readonly boardName: string;
  /** What measurements say; absent where nothing was ever judged. */
  readonly verdict?: Verdict;
  /** The one that holds: its outcome counts in the place of the verdict's. */
  readonly overrule?: Pick<Overrule, 'outcome' | 'endsAt'>;
  /** Capacities of the newest test with both directions. */
  readonly latest?: Speeds;
  /** That run. */
  readonly lines: readonly PresentLine[];
  readonly dossier?: PlanningDossier;
  /** Joint offers for it too that only others' dossiers have. */
  readonly jointOffers?: readonly PlanningOffer[];
}

/** One application for one offer, perhaps for several locations together. */
export interface SubsidyQuestion {
  /** Day of applying (ISO 8601); absent: the day that the estimator was made for. */
  readonly on?: string;
  readonly costCents: number;
  /** Kind of the present line, one for each location of the application. */
  readonly presentKinds: readonly LineKind[];
  readonly newKind: LineKind;
  readonly downloadMbps: Mbps;
  readonly uploadMbps: Mbps;
}

/** What may be expected of a scheme. */
export interface Subsidy {
  readonly amountCents: number;
  /** It rests on a present line that is taken to qualify, because nobody has said what it is. */
  readonly isAssumed: boolean;
  /** The conditions that are not met or not known, and the calculation, in sentences. */
  readonly calculation: Text;
}

/** Pure: the same question gives the same answer. */
export type SubsidyEstimator = (question: SubsidyQuestion) => Subsidy;

/**
 * The line that the location is known by: of the main ones that with the highest contracted
 * download; of those alike, the first.
 */
export function presentLine(lines: readonly PresentLine[]): PresentLine | undefined {
  return lines
    .filter(({ role }) => role === 'main')
    .reduce<PresentLine | undefined>(
      (best, line) =>
        best === undefined || (line.contractedDownMbps ?? 0) > (best.contractedDownMbps ?? 0)
          ? line
          : best,
      undefined,
    );
}

/** All that it is offered. */
export function offersOf({
  dossier,
  jointOffers = [],
}: Pick<PlanningInput, 'dossier' | 'jointOffers'>): readonly PlanningOffer[] {
  return [...(dossier?.offers ?? []), ...jointOffers];
}

/** The outcome that counts. */
export function outcomeOf({
  verdict,
  overrule,
}: Pick<PlanningInput, 'verdict' | 'overrule'>): Outcome | undefined {
  return standingOutcome(verdict, overrule)?.outcome;
}

/** The location's line counts as under the norm. */
export function fallsShort(input: Pick<PlanningInput, 'verdict' | 'overrule'>): boolean {
  return outcomeOf(input) === 'below';
}
