// The planning table: one flat row per location, the one model that JSON, CSV and XLSX are made of.
// Figures are rounded here, once, so that they are the same everywhere. Pure.
import type { Norm } from '#shared/model/norm.ts';
import type { PlanningRow } from '#shared/wire/planning.ts';
import { type Neighbours, neighboursWithin } from './geography.ts';
import type { JointBuild } from './joint-builds.ts';
import { type DirectionFinding, findingsOf } from './line-findings.ts';
import { type CostAssumptions, costOf, subsidyFromOf } from './location-cost.ts';
import {
  fallsShort,
  offersOf,
  outcomeOf,
  type PlanningInput,
  presentLine,
} from './planning-input.ts';

export interface TableOptions extends CostAssumptions {
  readonly norm: Norm;
  readonly radiusKm: number;
  readonly jointBuilds: readonly JointBuild[];
}

/** In the order of `inputs`. Neighbours are looked for among `inputs` alone. */
export function planningTable(
  inputs: readonly PlanningInput[],
  options: TableOptions,
): readonly PlanningRow[] {
  const neighbours = shortNeighbours(inputs, options.radiusKm);
  const builds = new Map(
    options.jointBuilds.flatMap(({ id, locationIds }) =>
      locationIds.map((locationId) => [locationId, id] as const),
    ),
  );
  return inputs.map((input) => ({
    ...placeCells(input),
    ...lineCells(input, options.norm),
    ...moneyCells(input, options),
    ...neighbourCells(input, neighbours),
    jointBuildId: builds.get(input.location.id) ?? null,
  }));
}

/** Of every placed location, those that fall short; only they count as a neighbour. */
function shortNeighbours(inputs: readonly PlanningInput[], radiusKm: number): Neighbours {
  const placed = (some: readonly PlanningInput[]) =>
    some.flatMap(({ location: { id, coordinates } }) =>
      coordinates === undefined ? [] : [{ id, coordinates }],
    );
  return neighboursWithin(placed(inputs), radiusKm, placed(inputs.filter(fallsShort)));
}

function placeCells({ location, boardName, dossier }: PlanningInput) {
  return {
    locationId: location.id,
    name: location.name,
    boardId: location.boardId,
    board: boardName,
    city: location.city ?? null,
    municipality: location.municipality ?? null,
    province: location.province ?? null,
    pupils: location.pupils ?? null,
    dossierState: dossier?.state ?? null,
    dossierSince: dossier === undefined ? null : new Date(dossier.since).toISOString(),
  };
}

function lineCells(input: PlanningInput, norm: Norm) {
  const { location, verdict, overrule, latest, lines } = input;
  const { download, upload } = findingsOf(verdict, latest, norm);
  const line = presentLine(lines);
  const { pupils } = location;
  const reading = download.reading?.mbps;
  return {
    verdict: outcomeOf(input) ?? null,
    measuredVerdict: verdict?.outcome ?? null,
    overruledUntil: overrule?.endsAt ?? null,
    judgedAt: verdict?.judgedAt ?? null,
    ...passingCells('download', download),
    ...passingCells('upload', upload),
    downloadMbps: rounded(download.reading?.mbps, 1),
    uploadMbps: rounded(upload.reading?.mbps, 1),
    downloadShortfallMbps: rounded(download.shortfall?.mbps, 1),
    downloadShortfallShare: rounded(download.shortfall?.share, 4),
    uploadShortfallMbps: rounded(upload.shortfall?.mbps, 1),
    uploadShortfallShare: rounded(upload.shortfall?.share, 4),
    downloadMbpsPerPupil: reading === undefined || !pupils ? null : rounded(reading / pupils, 2),
    lines: lines.length,
    lineKind: line?.kind ?? null,
    lineProvider: line?.provider ?? null,
    contractedDownloadMbps: line?.contractedDownMbps ?? null,
    contractedUploadMbps: line?.contractedUpMbps ?? null,
  };
}

function passingCells<Direction extends 'download' | 'upload'>(
  direction: Direction,
  { passing }: DirectionFinding,
) {
  return {
    [`${direction}PassShare`]: rounded(passing?.share, 4),
    [`${direction}PassLow`]: rounded(passing?.low, 4),
    [`${direction}PassHigh`]: rounded(passing?.high, 4),
  } as Record<`${Direction}Pass${'Share' | 'Low' | 'High'}`, number | null>;
}

function moneyCells(input: PlanningInput, options: TableOptions) {
  const cost = costOf(input, options);
  const { pupils } = input.location;
  return {
    offers: offersOf(input).length,
    offerProvider: cost?.offer?.provider ?? null,
    offerKind: cost?.offer?.kind ?? null,
    costFrom: cost?.from ?? null,
    costCents: cost?.costCents ?? null,
    monthlyCents: cost?.monthlyCents ?? null,
    subsidyCents: cost?.subsidyCents ?? null,
    ownShareCents: cost?.ownShareCents ?? null,
    subsidyFrom: cost === undefined ? null : subsidyFromOf(cost.subsidy),
    subsidyCalculation: cost?.subsidy.calculation ?? null,
    costPerPupilCents: cost === undefined || !pupils ? null : Math.round(cost.costCents / pupils),
  };
}

function neighbourCells({ location }: PlanningInput, neighbours: Neighbours) {
  const near = neighbours.get(location.id);
  return {
    shortNeighbours: near?.length ?? null,
    nearestShortKm: rounded(near?.[0]?.distanceKm, 2),
    shortNeighbourIds: near?.map(({ id }) => id) ?? [],
  };
}

function rounded(value: number | undefined, digits: number): number | null {
  return value === undefined ? null : Number(value.toFixed(digits));
}
