// Locations as planning sees them, with only what a test says of them.
import type {
  Coordinates,
  PlanningDossier,
  PlanningInput,
  PlanningOffer,
  PlanningState,
  SubsidyEstimator,
} from '#collector/planning/planning-input.ts';
import type { LineKind } from '#shared/model/line.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import type { Outcome, Reason, Verdict } from '#shared/model/verdict.ts';

export const JUDGED_AT = '2019-03-04T22:30:00.000Z';

/** The others of a joint one are on the same kind of line, unless it says otherwise. */
export interface SampleOffer extends Omit<PlanningOffer, 'members'> {
  readonly jointWith: readonly string[];
  readonly members?: PlanningOffer['members'];
}

export interface Sample {
  readonly id: string;
  readonly pupils?: number;
  readonly coordinates?: Coordinates;
  readonly outcome?: Outcome;
  /** Medians that the verdict names. */
  readonly download?: number;
  readonly upload?: number;
  readonly state?: PlanningState;
  readonly reached?: readonly PlanningState[];
  /** Of its first offer. */
  readonly order?: 'first_offer' | 'no_offer';
  readonly offers?: readonly SampleOffer[];
  /** That only others' dossiers have. */
  readonly jointOffers?: readonly SampleOffer[];
  readonly lineKind?: LineKind;
}

export function input(sample: Sample): PlanningInput {
  const { id, pupils, coordinates, outcome, state, reached } = sample;
  return {
    location: {
      ...{
        id,
        boardId: '41234',
        name: `School ${id}`,
        municipality: 'Ede',
        province: 'Gelderland',
      },
      ...(pupils === undefined ? {} : { pupils }),
      ...(coordinates === undefined
        ? {}
        : { coordinates: { ...coordinates, source: 'postcode_file' } }),
    },
    boardName: 'Stichting A',
    ...(outcome === undefined ? {} : { verdict: verdict(outcome, sample) }),
    lines: [{ role: 'main', kind: sample.lineKind ?? 'copper', provider: 'KPN', endedAt: null }],
    jointOffers: offersIn(sample, sample.jointOffers),
    ...(state === undefined
      ? {}
      : {
          dossier: {
            state,
            since: Date.parse(JUDGED_AT),
            reached: reached ?? [state],
            offers: offersIn(sample, sample.offers),
            ...orderOf(sample),
          },
        }),
  };
}

export function verdict(
  outcome: Outcome,
  { download, upload }: Pick<Sample, 'download' | 'upload'> = {},
): Verdict {
  const typical = (direction: 'download' | 'upload', mbps: number | undefined): Reason[] =>
    mbps === undefined
      ? []
      : [
          {
            rule: outcome === 'below' ? 'capacity_below' : 'capacity_meets',
            ...{ direction, observed: 0, required: 0.5, interval: [0, 0.1234], n: 28 },
          },
          { rule: 'typical_speed', direction, observed: mbps, n: 28 },
        ];
  return {
    outcome,
    maatwerk: outcome === 'below',
    reasons: [
      ...typical('download', download),
      ...typical('upload', upload),
      { rule: 'disqualified', observed: 0, n: 28 },
    ],
    evidence: {
      from: '2019-02-04T22:30:00.000Z',
      to: JUDGED_AT,
      tests: outcome === 'no_data' ? 0 : 28,
      capacityIds: [],
      useIds: [],
      excluded: {},
    },
    normVersion: NORM_500_40.version,
    judgedAt: JUDGED_AT,
  };
}

function orderOf({ order, offers }: Sample): Pick<PlanningDossier, 'order'> {
  if (order === undefined) return {};
  const offerId = order === 'first_offer' ? offers?.[0]?.id : undefined;
  return { order: { on: '2019-03-13', ...(offerId === undefined ? {} : { offerId }) } };
}

function offersIn(
  { id, lineKind: presentKind = 'copper' }: Sample,
  offers: readonly SampleOffer[] = [],
): PlanningOffer[] {
  return offers.map(({ jointWith, ...each }) => ({
    members: [id, ...jointWith].sort().map((locationId) => ({ locationId, presentKind })),
    ...each,
  }));
}

/** Fibre of 1000/1000. */
export function offer(id: string, euro: number, more: Partial<SampleOffer> = {}): SampleOffer {
  return {
    ...{ id, provider: `Aanbieder ${id}`, kind: 'fibre', oneOffCents: euro * 100 },
    ...{ monthlyCents: 0, downloadMbps: 1000, uploadMbps: 1000, jointWith: [] },
    ...more,
  };
}

/** Half, and a fifth on top for several together. */
export const HALF: SubsidyEstimator = ({ costCents, presentKinds }) => ({
  amountCents: Math.floor((costCents / 2) * (presentKinds.length > 1 ? 1.2 : 1)),
  isAssumed: presentKinds.includes('unknown'),
  calculation: CALCULATION,
});
export const CALCULATION = { nl: 'De helft.', en: 'Half of it.' };

/** `metres` north of a place near Ede. */
export function northOf(metres: number): Coordinates {
  return { latitude: 52.04 + metres / 111_195, longitude: 5.66 };
}
