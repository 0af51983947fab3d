// The one part of the pack that reads the stores: which verdict, which lines, which tests.
import type { Line } from '#shared/model/line.ts';
import type { Location } from '#shared/model/location.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { assess } from '../assessment/assess.ts';
import { createCalendar, type Holiday } from '../assessment/calendar.ts';
import type { Evidence } from '../assessment/evidence.ts';
import { gather } from '../assessment/gather.ts';
import { differences, evidenceAgain } from '../assessment/judge-again.ts';
import { locationVerdict } from '../assessment/location-verdict.ts';
import { activeOverrule } from '../assessment/overrule.ts';
import type { SchoolHolidays } from '../assessment/school-holidays.ts';
import { toEvidence } from '../assessment/to-evidence.ts';
import type { Registry } from '../registry/registry.ts';
import type { SeriesStore, StoredMeasurement } from '../series/series.ts';
import type { LineInput, PackInput } from './pack.ts';

export interface PackStores {
  readonly series: Pick<SeriesStore, 'query'>;
  readonly registry: Pick<
    Registry,
    | 'boards'
    | 'devices'
    | 'lines'
    | 'norm'
    | 'overrules'
    | 'predecessors'
    | 'serverFaults'
    | 'verdict'
  >;
}

export interface PackAsked {
  readonly from?: EpochMs;
  /** Judged as of then; default: the verdict that stands. */
  readonly to?: EpochMs;
  readonly lineId?: string;
}

export interface GatherPackOptions {
  /** In force now, for what is judged anew. */
  readonly norm: Norm;
  readonly holidays: SchoolHolidays;
  readonly now: EpochMs;
  readonly collectorVersion: string;
}

/** A year and a day: a pack is read by people. */
const MOST_DAYS = 366;
const DAY_MS = 86_400_000;

interface Judgement extends Pick<PackInput, 'norm' | 'verdict' | 'reproduction'> {
  /** By line. */
  readonly evidence: ReadonlyMap<string, Evidence>;
}

/** Rejects with `bad_request` for a period that cannot be, `not_found` for a line, or `store_unavailable`. */
export async function gatherPack(
  stores: PackStores,
  location: Location,
  asked: PackAsked,
  options: GatherPackOptions,
): Promise<PackInput> {
  const { registry } = stores;
  const { now, collectorVersion } = options;
  const [boards, lines, devices, overrules] = await Promise.all([
    registry.boards([location.boardId]),
    registry.lines(location.id),
    registry.devices(location.id),
    registry.overrules(location.id),
  ]);
  const judgement = await judgementOf(stores, location, asked, options);
  const { norm, verdict, evidence } = judgement;
  const judgedAt = Date.parse(verdict.judgedAt);
  const period = periodOf(asked, verdict);
  const about = linesAsked(lines, asked.lineId, location.id);
  const measurements = await testsOf(stores, location.id, period);
  const holidays = holidaysOf(verdict, options.holidays.at(location));
  const calendar = createCalendar(norm.timeZone, holidays);
  const inputs = about.map((line): LineInput => {
    const own = devices.filter(({ lineId }) => lineId === line.id);
    const ids = new Set(own.map(({ id }) => id));
    const tests = measurements.filter(({ measurement }) => ids.has(measurement.deviceId));
    const judged = evidence.get(line.id);
    return {
      line,
      devices: own,
      measurements: tests,
      inPeriod: toEvidence(tests, { calendar, devices: [], plannedPerDay: 0 }, norm),
      ...(judged === undefined
        ? {}
        : { judged: { evidence: judged, verdict: assess(judged, norm, judgedAt) } }),
    };
  });
  const [only] = inputs;
  const isOfLine = asked.lineId !== undefined;
  const overrule = activeOverrule(overrules, Math.min(asked.to ?? now, now));
  return {
    ...{ location, norm, period, madeAt: now, collectorVersion },
    board: boards[0] ?? { id: location.boardId, name: location.boardId },
    lines: inputs,
    verdict: isOfLine ? lineVerdict(only, location.id) : verdict,
    reproduction: judgement.reproduction,
    ...(asked.lineId === undefined ? {} : { lineId: asked.lineId }),
    ...(overrule === undefined ? {} : { overrule }),
  };
}

/** The verdict that stands, given again from what it was given by; else one of this moment. */
async function judgementOf(
  stores: PackStores,
  location: Location,
  { to }: PackAsked,
  options: GatherPackOptions,
): Promise<Judgement> {
  const { registry } = stores;
  const { id: locationId } = location;
  const kept = to === undefined ? await registry.verdict(locationId) : undefined;
  const norm = kept && (await registry.norm(kept.normVersion));
  if (kept?.basis === undefined || norm === undefined) {
    return judgedAnew(stores, location, options, Math.min(to ?? options.now, options.now));
  }
  const window = { from: Date.parse(kept.evidence.from), to: Date.parse(kept.evidence.to) };
  const tests = await testsOf(stores, locationId, window);
  const lines = evidenceAgain(tests, kept.basis, norm);
  const judgedAt = Date.parse(kept.judgedAt);
  const judged = lines.map(({ line, evidence }) => ({
    ...{ line, verdict: assess(evidence, norm, judgedAt) },
  }));
  const verdict = { ...locationVerdict(judged, norm, judgedAt), basis: kept.basis };
  const notes = [...differences(kept, verdict)];
  return {
    ...{ norm, verdict },
    reproduction: { result: notes.length === 0 ? 'reproduced' : 'differs', notes },
    evidence: new Map(lines.map(({ line, evidence }) => [line.id, evidence])),
  };
}

async function judgedAnew(
  stores: PackStores,
  location: Location,
  { norm, holidays }: GatherPackOptions,
  at: EpochMs,
): Promise<Judgement> {
  const calendar = createCalendar(norm.timeZone, holidays.at(location));
  const lines = await gather(stores, location.id, norm, at, { calendar });
  const judged = lines.map(({ line, evidence }) => ({
    ...{ line, verdict: assess(evidence, norm, at) },
  }));
  return {
    norm,
    verdict: locationVerdict(judged, norm, at),
    reproduction: { result: 'judged_anew', notes: [] },
    evidence: new Map(lines.map(({ line, evidence }) => [line.id, evidence])),
  };
}

/** Those that the verdict was given by, and of the time before its window those of today's file. */
function holidaysOf({ basis, evidence }: Verdict, present: readonly Holiday[]): readonly Holiday[] {
  if (basis === undefined) return present;
  const earlier = present.filter(({ to }) => Date.parse(to) < Date.parse(evidence.from));
  return [...basis.holidays, ...earlier];
}

/** Never less than the verdict's own window: else the pack would not hold what it says it rests on. */
function periodOf({ from, to }: PackAsked, { evidence }: Verdict): PackInput['period'] {
  const window = { from: Date.parse(evidence.from), to: Date.parse(evidence.to) };
  if (from !== undefined && from > (to ?? window.to)) {
    throw new AppError('bad_request', 'the period ends before it begins; give an earlier `from`');
  }
  if (from !== undefined && window.to - from > MOST_DAYS * DAY_MS) {
    throw new AppError(
      'bad_request',
      `a pack covers at most ${MOST_DAYS} days, up to ${evidence.to}; give a later \`from\``,
    );
  }
  return { from: Math.min(from ?? window.from, window.from), to: window.to };
}

function linesAsked(
  lines: readonly Line[],
  lineId: string | undefined,
  locationId: string,
): readonly Line[] {
  if (lineId === undefined) return lines;
  const found = lines.filter(({ id }) => id === lineId);
  if (found.length > 0) return found;
  throw new AppError('not_found', `location ${locationId} has no line ${lineId}`);
}

function lineVerdict(input: LineInput | undefined, locationId: string): Verdict {
  if (input?.judged !== undefined) return input.judged.verdict;
  throw new AppError(
    'not_found',
    `line ${input?.line.name} of location ${locationId} did not run when the verdict was given; a pack of the whole location has its tests`,
  );
}

/** Throughput tests, those of the codes by which the location went before with them. */
async function testsOf(
  { registry, series }: PackStores,
  locationId: string,
  { from, to }: PackInput['period'],
): Promise<readonly StoredMeasurement[]> {
  const places = [locationId, ...(await registry.predecessors(locationId))];
  const found = await Promise.all(
    places.map((place) =>
      series.query({ locationId: place, from, to: to + 1, kind: 'throughput' }),
    ),
  );
  return found.flat();
}
