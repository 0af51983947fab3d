// Evidence → pack. Pure: the same evidence and moment give the same pack, in whatever order the tests
// came in.
import type { Line } from '#shared/model/line.ts';
import type { Board, Location } from '#shared/model/location.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import type { Direction, Norm } from '#shared/model/norm.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { EpochMs } from '#shared/model/units.ts';
import type { Verdict } from '#shared/model/verdict.ts';
import {
  EVIDENCE_FORMAT,
  type EvidenceLine,
  type EvidencePack,
  type EvidenceTest,
} from '#shared/wire/evidence-pack.ts';
import type { Evidence, TestEvidence } from '../assessment/evidence.ts';
import { explain } from '../assessment/explain.ts';
import { judgeLocationByPacks } from '../assessment/packs/location.ts';
import { RULE_PACKS } from '../assessment/packs/packs.ts';
import type { Device } from '../registry/registry.ts';
import type { StoredMeasurement } from '../series/series.ts';
import { accountBeside, accountJudged, type TestAccount } from './account.ts';
import { findingOf } from './line-finding.ts';

export interface LineInput {
  readonly line: Line;
  readonly devices: readonly Pick<Device, 'id' | 'position' | 'enrolledAt'>[];
  /** Throughput tests of its devices in the period, in any order. */
  readonly measurements: readonly StoredMeasurement[];
  /** The same as evidence of their own period, for those that no verdict was given by. */
  readonly inPeriod: Evidence;
  /** What the verdict was given by, and the verdict; absent where the line did not run then. */
  readonly judged?: { readonly evidence: Evidence; readonly verdict: Verdict };
}

export interface PackInput {
  readonly location: Location;
  readonly board: Board;
  /** Those that the pack is about; with `lineId` that one alone. */
  readonly lines: readonly LineInput[];
  readonly lineId?: string;
  readonly norm: Norm;
  readonly verdict: Verdict;
  readonly reproduction: EvidencePack['reproduction'];
  readonly overrule?: Overrule;
  readonly period: { readonly from: EpochMs; readonly to: EpochMs };
  readonly madeAt: EpochMs;
  readonly collectorVersion: string;
}

export function evidencePackOf(input: PackInput): EvidencePack {
  const { location, board, norm, verdict, overrule, period } = input;
  const lines = input.lines
    .toSorted((a, b) => before(a.line, b.line))
    .map((each) => lineOf(each, input));
  const tests = lines.flatMap((line) => line.tests).sort(before);
  return {
    format: EVIDENCE_FORMAT,
    madeAt: iso(input.madeAt),
    period: { from: iso(period.from), to: iso(period.to) },
    location: { ...placeOf(location), board: { id: board.id, name: board.name } },
    lineId: input.lineId ?? null,
    norm,
    verdict: explain(verdict),
    reproduction: input.reproduction,
    overrule: overrule === undefined ? null : withoutAuthor(overrule),
    lines: lines.map(({ line }) => line),
    otherRules: otherRules(input),
    measureServers: counted(tests, ({ conditions }) => conditions.server).map(([url, { n }]) => ({
      ...{ url, tests: n },
    })),
    software: {
      collector: input.collectorVersion,
      rules: verdict.rulesVersion ?? '2026.1',
      agents: counted(
        tests,
        ({ conditions }) => `${conditions.agentVersion} ${conditions.nodeVersion}`,
      ).map(([, { n, one }]) => ({
        agentVersion: one.conditions.agentVersion,
        nodeVersion: one.conditions.nodeVersion,
        tests: n,
      })),
    },
    counts: countsOf(tests),
    tests,
  };
}

function lineOf(
  { line, devices, measurements, inPeriod, judged }: LineInput,
  { norm, verdict }: PackInput,
): { line: EvidenceLine; tests: EvidenceTest[] } {
  const now = Date.parse(verdict.judgedAt);
  const account = judged && accountJudged(judged.evidence, norm, now);
  const beside = new Map(inPeriod.tests.map((test) => [test.id, test]));
  const window = { from: Date.parse(verdict.evidence.from), to: Date.parse(verdict.evidence.to) };
  const tests = measurements
    .map((stored) => {
      const { id } = stored.measurement;
      const known = account?.tests.get(id);
      if (known !== undefined) return testOf(stored, line.id, known);
      const { startedAt } = stored;
      const isInside = startedAt >= window.from && startedAt <= window.to;
      const why = !isInside
        ? 'outside_window'
        : judged === undefined
          ? 'line_not_judged'
          : 'received_later';
      return testOf(stored, line.id, accountBeside(beside.get(id) as TestEvidence, why));
    })
    .sort(before);
  const byId = new Map(measurements.map(({ measurement }) => [measurement.id, measurement]));
  const isPaced = (id: string, direction: Direction) => byId.get(id)?.[direction]?.atLeast === true;
  const finding = (direction: Direction) =>
    findingOf(direction, { judged: account?.judged, isPaced, line, norm });
  const { locationId: _, createdAt, endedAt, ...facts } = line;
  return {
    line: {
      ...facts,
      createdAt: iso(createdAt),
      endedAt: endedAt === null ? null : iso(endedAt),
      verdict: judged === undefined ? null : explain(judged.verdict),
      findings: { download: finding('download'), upload: finding('upload') },
      devices: devices
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .map(({ id, position, enrolledAt }) => ({
          ...{ id, position, enrolledAt: iso(enrolledAt) },
          ...calibrationOf(tests.filter(({ deviceId }) => deviceId === id)),
        })),
      counts: countsOf(tests),
    },
    tests,
  };
}

function testOf(stored: StoredMeasurement, lineId: string, account: TestAccount): EvidenceTest {
  const { measurement, receivedAt } = stored;
  const { failure, download, upload, latency: _, kind: __, ...rest } = measurement;
  const { quiet, inQuietHours, inSchoolHours, flags } = account.evidence;
  return {
    ...rest,
    kind: 'throughput',
    lineId,
    receivedAt: iso(receivedAt),
    ...(download === undefined ? {} : { download: withoutRaw(download) }),
    ...(upload === undefined ? {} : { upload: withoutRaw(upload) }),
    ...(failure === undefined
      ? {}
      : { failure: { code: failure.code, operation: failure.operation } }),
    judged: {
      ...{ quiet, inQuietHours, inSchoolHours, flags: [...flags] },
      ...{ download: account.download, upload: account.upload },
    },
  };
}

function withoutRaw({
  raw: _,
  ...result
}: NonNullable<Measurement['download']>): NonNullable<EvidenceTest['download']> {
  return result;
}

function countsOf(tests: readonly EvidenceTest[]): EvidencePack['counts'] {
  const counts = tests.filter(({ judged: { download, upload } }) =>
    [download.capacity, download.use, upload.capacity, upload.use].some(({ counted }) => counted),
  ).length;
  return {
    tests: tests.length,
    failed: tests.filter(({ failure }) => failure !== undefined).length,
    counted: counts,
    excluded: tests.length - counts,
  };
}

function otherRules({ lines, lineId, norm, verdict }: PackInput): EvidencePack['otherRules'] {
  const judged = lines.flatMap(({ line, judged }) =>
    judged === undefined
      ? []
      : // A pack about a backup line is about that line.
        [{ line: { role: lineId === undefined ? line.role : 'main' }, evidence: judged.evidence }],
  );
  const outcomes = judgeLocationByPacks(RULE_PACKS, judged, norm, Date.parse(verdict.judgedAt));
  return RULE_PACKS.map(({ name, source }) => ({
    ...{ name, source, outcome: outcomes[name] ?? 'undecided' },
  }));
}

function placeOf(location: Location): Omit<EvidencePack['location'], 'board'> {
  const { id, name, street, houseNumber, postalCode, city, municipality, province } = location;
  const { pupils, pupilsMargin } = location;
  const parts = { street, houseNumber, postalCode, city, municipality, province };
  const known = Object.entries({ ...parts, pupils, pupilsMargin }).filter(
    ([, value]) => value !== undefined,
  );
  return { id, name, ...Object.fromEntries(known) };
}

function withoutAuthor({ outcome, reason, createdAt, endsAt }: Overrule): EvidencePack['overrule'] {
  return { outcome, reason, createdAt, endsAt };
}

/** `tests`: oldest first. */
function calibrationOf(
  tests: readonly EvidenceTest[],
): Pick<EvidenceLine['devices'][number], 'calibration'> | Record<string, never> {
  const calibration = tests.findLast(({ conditions }) => conditions.calibration !== undefined)
    ?.conditions.calibration;
  return calibration === undefined ? {} : { calibration };
}

/** How many there are of each, by its name. */
function counted(
  tests: readonly EvidenceTest[],
  nameOf: (test: EvidenceTest) => string,
): readonly (readonly [string, { readonly n: number; readonly one: EvidenceTest }])[] {
  const groups = Map.groupBy(tests, nameOf);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, [one, ...more]]) =>
      one === undefined ? [] : [[name, { n: more.length + 1, one }] as const],
    );
}

/** By time, then by id: one order, whatever order they came in. */
function before(
  a: { readonly id: string; readonly startedAt?: string; readonly createdAt?: number },
  b: { readonly id: string; readonly startedAt?: string; readonly createdAt?: number },
): number {
  const [first, second] = [timeOf(a), timeOf(b)];
  return first - second || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

function timeOf(of: { readonly startedAt?: string; readonly createdAt?: number }): EpochMs {
  return of.createdAt ?? Date.parse(of.startedAt ?? '');
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString();
}
