// The letter of 2019, from files in DUO's layouts to the files that a planner opens: imported,
// measured, judged, asked, offered, planned, and added up to the euro in both readings.
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import readExcelFile from 'read-excel-file/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assess } from '#collector/assessment/assess.ts';
import { createCalendar } from '#collector/assessment/calendar.ts';
import { createJudge } from '#collector/assessment/series-judge.ts';
import { standingVerdict } from '#collector/assessment/standing-verdict.ts';
import { toEvidence } from '#collector/assessment/to-evidence.ts';
import { watchVerdicts } from '#collector/dossiers/watch-verdicts.ts';
import { importFiles } from '#collector/import/import.ts';
import { createLiveEvents } from '#collector/live.ts';
import {
  funnelDocument,
  jointBuildsDocument,
  type PlanningDocument,
  scenariosDocument,
  tableDocument,
} from '#collector/planning/documents.ts';
import { exportFile } from '#collector/planning/export/file.ts';
import { createPlanningDesk, type PlanningDesk } from '#collector/planning/planning-desk.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import type { StoredMeasurement } from '#collector/series/series.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { planningAssumptionsSchema, scenarioQuerySchema } from '#shared/wire/planning.ts';
import { testDossierParts } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import {
  APPLIED_OFFERS,
  LOCATIONS,
  letterFiles,
  locationId,
  MAATWERK_OFFER,
  pupilsOf,
  type ShortLocation,
  shortLocations,
} from '#test/support/letter-country.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { temporaryFolder } from '#test/support/temporary-folder.ts';

const DAY_MS = 86_400_000;
const NIGHTS = 28;
/** Within the scheme's time, in the week of the letter. */
const NOW = Date.parse('2019-03-11T09:00:00Z');
const BY = { author: { kind: 'command_line' }, reason: 'enquête en telefoon, 2019' } as const;
const SHORT = shortLocations();

const stack = new AsyncDisposableStack();
let desk: PlanningDesk;

beforeAll(async () => {
  const folder = stack.use(await temporaryFolder());
  const clock = new FakeClock(NOW);
  const log = silentLog;
  const path = (name: string) => join(folder.path, name);
  const registry = stack.use(await openSqliteRegistry({ path: path('registry.db'), clock, log }));
  const series = stack.use(await openSqliteSeries({ path: path('series.db') }));
  const events = createLiveEvents();
  const norm = NORM_500_40;
  const imported = await importFiles(registry, letterFiles(), NOW, { mode: 'write' });
  expect(imported.locations.added).toHaveLength(LOCATIONS);

  // The hundred by the whole way through the stores; of the others the stores are passed by, and
  // their evidence is judged as it would be.
  const judge = createJudge({ series, registry, norm: () => norm, clock, log });
  const ids = new Set(SHORT.map(({ id }) => id));
  for (const { id } of SHORT) {
    const code = `code ${id}`;
    await registry.addEnrolmentCode(code, id, NOW + DAY_MS);
    const device = { id: randomUUID(), name: 'meetkastje', publicKey: id } as const;
    await registry.enrol(
      code,
      { ...device, position: 'off_path', agentVersion: '1' },
      NOW - 60 * DAY_MS,
    );
    const [line] = await registry.lines(id);
    await registry.changeLine(line?.id ?? '', { kind: 'copper', provider: 'Aanbieder' });
    await series.write(nightsOf(id, device.id, 100, 20));
    expect((await judge.judge(id)).outcome).toBe('below');
  }
  const calendar = createCalendar(norm.timeZone, []);
  for (let index = 0; index < LOCATIONS; index += 1) {
    const id = locationId(index);
    if (ids.has(id)) continue;
    const context = { calendar, devices: [{ id, lastSignAt: NOW }], plannedPerDay: 1 };
    const evidence = toEvidence(nightsOf(id, id, 940, 500), context, norm);
    await registry.saveVerdict(id, assess(evidence, norm, NOW));
  }

  await clock.advance(25 * 3_600_000);
  const { api } = await testDossierParts({ registry, events, clock });
  const stop = new AbortController();
  const watch = watchVerdicts({ registry, standing: standingVerdict, events, clock, log });
  const watching = watch.run(stop.signal, () => {});
  while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await watching;
  for (const location of SHORT) await settle(api.desk, location);
  desk = createPlanningDesk({ registry, series, norm, clock, schemes: api.schemes });
}, 300_000);
afterAll(() => stack.disposeAsync());

const plan = (asked: object = {}) =>
  desk.plan(undefined, planningAssumptionsSchema.parse({ radiusKm: 1, ...asked }));
const scenarios = async (reading: string) => {
  const query = scenarioQuerySchema.parse({
    ...{ reading, radiusKm: 1, budgetEuro: 60_000, charge: 'subsidy' },
    rule: ['pupils_per_euro', 'joint_builds_first'],
  });
  return scenariosDocument(await desk.plan(undefined, query), query, 'summary');
};

test('the funnel is the letter’s: 9,000 locations, 100 short, 7 with subsidy, the rest maatwerk', async () => {
  const document = funnelDocument(await plan());
  expect(Object.fromEntries(document.rows.map(({ step, locations }) => [step, locations]))).toEqual(
    {
      ...{ locations: 9000, measured: 9000, judged: 9000, below: 100, asked: 100 },
      ...{ suffices: 52, too_costly: 28, wants_better: 20, no_answer: 0 },
      ...{ offer: 20, maatwerk: 13, ordered: 7, subsidised: 7, delivered: 5, set_aside: 0 },
    },
  );
  const [all, , , below] = document.rows;
  expect(all?.pupils).toBe(sum(Array.from({ length: LOCATIONS }, (_, index) => pupilsOf(index))));
  expect(below?.pupils).toBe(sum(SHORT.map(({ pupils }) => pupils)));
  const [csv, xlsx] = await files(document);
  expect(csv[1]).toEqual(['vestigingen', '', '9000', String(all?.pupils), '1', '0']);
  expect(csv[4]?.slice(0, 3)).toEqual(['onder de norm', 'beoordeeld', '100']);
  expect(differences(csv, xlsx)).toEqual([]);
}, 60_000);

/**
 * By hand, from the footnote. Literal, of € 6,000, 10,000, 12,000, 15,000, 20,000, 30,000, 40,000:
 * 500, 2,500, 3,500, 5,000, 8,000, 14,000, 20,000; thirteen times € 20,000: 8,000 each. PO-Raad:
 * 1,750, 3,750, 4,750, 6,250, 9,250, 15,250, 21,250; and 9,250 each.
 */
test.each([
  { reading: 'literal', applied: 53_500, maatwerk: 104_000 },
  { reading: 'po-raad', applied: 62_250, maatwerk: 120_250 },
])(
  'subsidies add up to the euro in JSON, CSV and XLSX: $reading',
  {
    timeout: 180_000,
  },
  async ({ reading, applied, maatwerk }) => {
    const document = tableDocument(await plan({ reading }));
    expect(document.basis).toMatchObject({ readingId: reading, schemeIsOpen: true });
    expect(document.rows).toHaveLength(LOCATIONS);
    const of = (answer: ShortLocation['answer']) => {
      const ids = new Set(SHORT.filter((each) => each.answer === answer).map(({ id }) => id));
      return document.rows.filter(({ locationId: id }) => ids.has(id));
    };
    const euros = (rows: typeof document.rows) =>
      sum(rows.map(({ subsidyCents }) => subsidyCents ?? 0)) / 100;
    expect([euros(of('applied')), euros(of('maatwerk'))]).toEqual([applied, maatwerk]);
    expect(euros(document.rows)).toBe(applied + maatwerk);
    const cost = sum([...APPLIED_OFFERS, 13 * MAATWERK_OFFER]);
    expect(sum(document.rows.map(({ ownShareCents }) => ownShareCents ?? 0)) / 100).toBe(
      cost - applied - maatwerk,
    );
    for (const row of [...of('suffices'), ...of('maatwerk')]) {
      expect(row).toMatchObject({
        ...{ verdict: 'below', downloadMbps: 100, downloadShortfallMbps: 400 },
        ...{ downloadShortfallShare: 0.8, uploadShortfallMbps: 20, uploadShortfallShare: 0.5 },
        ...{ lineKind: 'copper', lines: 1, downloadPassHigh: 0.1234 },
      });
    }

    const [csv, xlsx] = await files(document);
    expect(csv).toHaveLength(LOCATIONS + 1);
    expect(differences(csv, xlsx)).toEqual([]);
    const short = csv[0]?.indexOf('Tekort down (%)') ?? -1;
    expect(csv.slice(1).filter((row) => row[short] === '80')).toHaveLength(SHORT.length);
    const column = csv[0]?.indexOf('Subsidie, schatting (€)') ?? -1;
    const inFile = sum(csv.slice(1).map((row) => Number((row[column] ?? '').replace(',', '.'))));
    expect(inFile).toBe(applied + maatwerk);
    const inSheet = sum(xlsx.slice(1).map((row) => Number(row[column] ?? 0)));
    expect(inSheet).toBe(applied + maatwerk);
  },
);

/**
 * Literal, three for € 60,000: 7,500 and 60% of 45,000, less 2,500, is 32,000; a fifth on top
 * 38,400. PO-Raad: half of 12,500 and 27,000 is 33,250; a fifth on top 39,900. Two for € 40,000:
 * 20,000 and 21,250 before the fifth.
 */
test.each([
  { reading: 'literal', three: [24_000, 38_400], two: [16_000, 24_000] },
  { reading: 'po-raad', three: [27_750, 39_900], two: [18_500, 25_500] },
])(
  'joint builds and what they bring: $reading',
  { timeout: 60_000 },
  async ({ reading, three, two }) => {
    const document = jointBuildsDocument(await plan({ reading }));
    const maatwerk = SHORT.filter(({ answer }) => answer === 'maatwerk').map(({ id }) => id);
    const found = document.rows.map(
      ({ locationIds, costCents, singleSubsidyCents, jointSubsidyCents, gainCents }) => {
        expect(gainCents).toBe(jointSubsidyCents - singleSubsidyCents);
        return [locationIds, costCents / 100, singleSubsidyCents / 100, jointSubsidyCents / 100];
      },
    );
    expect(found.sort(([, a = 0], [, b = 0]) => Number(b) - Number(a))).toEqual([
      [maatwerk.slice(0, 3).sort(), 60_000, ...three],
      [maatwerk.slice(3, 5).sort(), 40_000, ...two],
    ]);
    const [csv, xlsx] = await files(document);
    expect(differences(csv, xlsx)).toEqual([]);
  },
);

/** Pupils of the maatwerk locations are 100, 110, … 220; each costs the budget the same. */
test.each([
  // Seven of € 8,000. The pair first (24,000), the three no longer fit, then four by themselves.
  { reading: 'literal', single: [7, 1330, 56_000], jointly: [6, 270 + 820, 56_000] },
  // Six of € 9,250. The pair (25,500), then three by themselves.
  { reading: 'po-raad', single: [6, 1170, 55_500], jointly: [5, 270 + 630, 53_250] },
])(
  'what € 60,000 of subsidy covers, by two rules: $reading',
  { timeout: 60_000 },
  async ({ reading, single, jointly }) => {
    const document = await scenarios(reading);
    const found = document.rows.map(({ summary }) => [
      ...[summary.locations, summary.pupils, summary.chargedCents / 100],
    ]);
    expect(found).toEqual([single, jointly]);
    for (const { summary, choices } of document.rows) {
      expect(summary.locations + summary.leftLocations).toBe(13);
      expect(sum(choices.map(({ chargedCents }) => chargedCents))).toBe(summary.chargedCents);
      expect(choices.at(-1)?.remainingCents).toBe(summary.remainingCents);
    }
    const [csv, xlsx] = await files(document);
    expect(csv.slice(1).map((row) => row[5])).toEqual([single[0], jointly[0]].map(String));
    expect(differences(csv, xlsx)).toEqual([]);
  },
);

/** A night's test on every night of the window. */
function nightsOf(id: string, device: string, download: number, upload: number) {
  const end = Date.parse('2019-03-11T02:10:00Z');
  return Array.from({ length: NIGHTS }, (_, night): StoredMeasurement => {
    const startedAt = end - night * DAY_MS;
    const measurement = measurementAt(device, startedAt, {
      download: directionResult(download, { outcome: download < 490 ? 'fail' : 'pass' }),
      upload: directionResult(upload, { outcome: upload < 39.2 ? 'fail' : 'pass' }),
    });
    const idleLatency = { count: 10, lost: 0, minMs: 7, p50Ms: 8, p95Ms: 11 };
    const conditions = { ...measurement.conditions, idleLatency };
    const receivedAt = startedAt + 7000;
    return { measurement: { ...measurement, conditions }, locationId: id, startedAt, receivedAt };
  });
}

type Desk = Awaited<ReturnType<typeof testDossierParts>>['api']['desk'];

async function settle(at: Desk, { id, answer, number }: ShortLocation): Promise<void> {
  const act = { ...BY, locationId: id };
  await at.act(act, { kind: 'asked', channel: 'telephone', answerBy: '2019-04-01T00:00:00.000Z' });
  const view =
    answer === 'suffices'
      ? ({ view: 'suffices', why: 'few_pupils' } as const)
      : answer === 'too_costly'
        ? ({ view: 'too_costly', cost: 'monthly' } as const)
        : ({ view: 'wants_better' } as const);
  await at.act(act, { kind: 'answered', answer: { view } });
  if (answer === 'suffices' || answer === 'too_costly') return;
  if (answer === 'maatwerk') await at.act(act, { kind: 'maatwerk_started' });
  const euro = answer === 'maatwerk' ? MAATWERK_OFFER : (APPLIED_OFFERS[number] ?? 0);
  const { offers } = await at.addOffer(act, {
    ...{ provider: 'Glasgraver', kind: 'fibre', oneOffCents: euro * 100, monthlyCents: 9_900 },
    ...{ months: 36, downloadMbps: 1000, uploadMbps: 1000, validUntil: '2019-06-30' },
    jointWith: [],
  });
  if (answer === 'maatwerk') return;
  await at.act(act, { kind: 'ordered', offerId: offers[0]?.id ?? '' });
  if (number < 5) await at.act(act, { kind: 'delivered' });
}

/** Read back: the CSV of a Dutch Excel, and the workbook's first sheet. */
async function files(document: PlanningDocument<string, unknown>) {
  const { name, basis, sheets } = document;
  const options = { name, basis, language: 'nl', decimal: 'comma' } as const;
  const csv = await exportFile(sheets, { ...options, format: 'csv' });
  const xlsx = await exportFile(sheets, { ...options, format: 'xlsx' });
  if (csv.body instanceof Uint8Array || !(xlsx.body instanceof Uint8Array)) throw new Error('form');
  const rows: string[][] = parse([...csv.body].join(''), { bom: true, delimiter: ';' });
  const [sheet] = await readExcelFile(Buffer.from(xlsx.body));
  return [rows, sheet?.data ?? []] as const;
}

/** Cells in which both files do not say the same, the first few. */
function differences(
  csv: readonly (readonly string[])[],
  xlsx: readonly (readonly unknown[])[],
): readonly unknown[] {
  const found = csv.flatMap((row, at) =>
    row.flatMap((text, column) => {
      const cell = xlsx[at]?.[column] ?? null;
      // A workbook's cell holds a fraction, which its format shows as what the header says.
      const isPercent = typeof cell === 'number' && csv[0]?.[column]?.endsWith('(%)');
      const shown = isPercent ? Number((100 * cell).toFixed(2)) : cell;
      return isSame(text, shown) ? [] : [[at, column, text, cell]];
    }),
  );
  return xlsx.length === csv.length ? found.slice(0, 5) : [csv.length, xlsx.length];
}

function isSame(text: string, cell: unknown): boolean {
  if (cell === null) return text === '';
  if (cell instanceof Date) return cell.toISOString() === `${text}T00:00:00.000Z`;
  if (typeof cell === 'number') return text !== '' && Number(text.replace(',', '.')) === cell;
  return text === cell;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
