// Planning over HTTP: the same figures in every format, filters, access, saved scenarios.
import { Buffer } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import readExcelFile from 'read-excel-file/node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  funnelReplySchema,
  jointBuildsReplySchema,
  planningReplySchema,
  savedScenarioSchema,
  savedScenariosSchema,
  scenariosReplySchema,
} from '#shared/wire/planning.ts';
import { verdict } from '#test/collector/planning/planning-samples.ts';
import { type Harness, openHarness } from './harness.ts';

const SHORT = verdict('below', { download: 96, upload: 19.2 });

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
  await at.registry.saveVerdict('16SW03', SHORT);
  await at.registry.saveVerdict('00AP00', verdict('meets'));
});
afterEach(() => at[Symbol.asyncDispose]());

const get = (path: string) => at.asOperator({ url: `/api/v1/planning${path}` });

test('the table says the same in JSON, CSV and XLSX', async () => {
  const query = '?assumedCostEuro=20000.50&on=2019-03-13';
  const json = planningReplySchema.parse((await get(query)).json());
  expect(json.basis).toMatchObject({
    ...{ radiusKm: 2, assumedCostCents: 2_000_050, schemeIsOpen: true },
    ...{ schemeId: 'toekomstvast-internet-2017', readingId: 'literal', subsidyOn: '2019-03-13' },
    ...{ normVersion: '500/40-2026.2', filter: {} },
  });
  expect(json.rows.map(({ locationId }) => locationId)).toEqual(['00AP00', '16SW03']);
  expect(json.rows[1]).toMatchObject({
    ...{ verdict: 'below', downloadMbps: 96, downloadShortfallShare: 0.808 },
    ...{ costFrom: 'assumed', costCents: 2_000_050, subsidyCents: 800_000 },
  });

  const csv = await get(`${query}&format=csv&decimal=comma`);
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
  expect(csv.headers['content-disposition']).toMatch(
    /^attachment; filename="meetnet-planning-\d{4}-\d\d-\d\d\.csv"$/,
  );
  const lines: string[][] = parse(csv.rawPayload, { bom: true, delimiter: ';' });
  const xlsx = await get(`${query}&format=xlsx&language=en`);
  const [sheet, basis] = await readExcelFile(Buffer.from(xlsx.rawPayload));
  expect([sheet?.sheet, basis?.sheet]).toEqual(['Planning', 'Basis']);
  const inCsv = rowOf(lines, 2);
  const inXlsx = rowOf(sheet?.data ?? [], 2);
  expect(inCsv).toMatchObject({
    ...{ Vestiging: '16SW03', Oordeel: 'onder de norm', 'Beoordeeld op': '2019-03-04' },
    ...{ 'Tekort down (Mbit/s)': '404', 'Tekort down (%)': '80,8' },
    ...{ 'Aanlegkosten (€)': '20000,50', 'Subsidie, schatting (€)': '8000,00' },
  });
  expect(inXlsx).toMatchObject({
    ...{ Location: '16SW03', Verdict: 'below the norm', 'Shortfall down (%)': 0.808 },
    'Judged on': new Date('2019-03-04T00:00:00Z'),
    ...{ 'Cost of building (€)': 20_000.5, 'Subsidy, estimate (€)': 8000 },
  });
  expect(lines[0]).toHaveLength(sheet?.data[0]?.length ?? 0);
});

test('funnel, joint builds and scenarios, each in every format', async () => {
  const funnel = funnelReplySchema.parse((await get('/funnel')).json());
  expect(funnel.steps.slice(0, 4).map(({ locations }) => locations)).toEqual([2, 2, 2, 1]);
  jointBuildsReplySchema.parse((await get('/joint-builds?radiusKm=5')).json());
  const query =
    '/scenarios?budgetEuro=30000&candidates=open&assumedCostEuro=20000&rule=worst_first';
  const { scenarios } = scenariosReplySchema.parse((await get(query)).json());
  expect(scenarios).toMatchObject([
    {
      summary: { rule: 'worst_first', locations: 1, chargedCents: 2e6, remainingCents: 1e6 },
      choices: [{ rank: 1, locationIds: ['16SW03'], names: ['Basisschool De Zoë'] }],
    },
  ]);
  const all = await get('/scenarios?budgetEuro=0');
  expect(all.json().scenarios).toHaveLength(3);
  for (const path of ['/funnel?', '/joint-builds?', `${query}&`, `${query}&part=choices&`]) {
    const csv: string[][] = parse((await get(`${path}format=csv`)).rawPayload, { bom: true });
    const xlsx = await readExcelFile(Buffer.from((await get(`${path}format=xlsx`)).rawPayload));
    expect(xlsx[0]?.data[0]).toEqual(csv[0]);
    expect(xlsx[0]?.data).toHaveLength(csv.length);
    expect(xlsx.at(-1)?.sheet).toBe('Uitgangspunten');
  }
});

test('an overrule counts while it holds, and every format says so', async () => {
  const endsAt = new Date(at.clock.now() + 86_400_000).toISOString();
  await at.asOperator({
    ...{ method: 'POST', url: '/api/v1/locations/16SW03/overrules' },
    payload: { outcome: 'meets', reason: 'Glasvezel sinds maandag.', endsAt },
  });
  const rows = async () => planningReplySchema.parse((await get('')).json()).rows;
  expect((await rows())[1]).toMatchObject({
    ...{ verdict: 'meets', measuredVerdict: 'below', overruledUntil: endsAt },
  });
  const csv: string[][] = parse((await get('?format=csv')).rawPayload, { bom: true });
  expect(rowOf(csv, 2)).toMatchObject({
    ...{ Oordeel: 'voldoet aan de norm', 'Gemeten oordeel': 'onder de norm' },
    'Anders beoordeeld tot': endsAt.slice(0, 10),
  });
  const funnel = async () =>
    funnelReplySchema.parse((await get('/funnel')).json()).steps[3]?.locations;
  expect(await funnel()).toBe(0);
  await at.clock.advance(86_400_000);
  expect((await rows())[1]).toMatchObject({ verdict: 'below', overruledUntil: null });
  expect(await funnel()).toBe(1);
});

test('a subsidy on a present line that nobody has named is marked as an assumption, with its calculation', async () => {
  const query = '?assumedCostEuro=10000&on=2019-03-13';
  const row = async () => planningReplySchema.parse((await get(query)).json()).rows[1];
  expect(await row()).toMatchObject({
    ...{ lineKind: 'unknown', subsidyCents: 250_000, subsidyFrom: 'assumed' },
    subsidyCalculation: {
      nl: expect.stringMatching(
        /^Van één locatie is niet bekend .* 50% van €\s10\.000 .* is €\s5\.000; .* €\s2\.500 af: €\s2\.500\.$/,
      ),
    },
  });
  const inFile = async (format: string) => {
    const { rawPayload } = await get(`${query}&format=${format}`);
    const rows: readonly (readonly unknown[])[] | undefined =
      format === 'csv'
        ? parse(rawPayload, { bom: true })
        : (await readExcelFile(Buffer.from(rawPayload)))[0]?.data;
    return rowOf(rows ?? [], 2);
  };
  for (const format of ['csv', 'xlsx']) {
    expect(await inFile(format)).toMatchObject({
      'Subsidie volgens': 'aanname: huidige lijn onbekend',
      'Berekening subsidie': expect.stringMatching(
        /^Van één locatie is niet bekend .*€\s2\.500\.$/,
      ),
    });
  }
  const [line] = await at.registry.lines('16SW03');
  await at.registry.changeLine(line?.id ?? '', { kind: 'copper' });
  expect(await row()).toMatchObject({ subsidyCents: 250_000, subsidyFrom: 'known' });
  await at.registry.changeLine(line?.id ?? '', { kind: 'cable' });
  expect(await row()).toMatchObject({ subsidyCents: 0, subsidyFrom: 'known' });
});

test('an estimate is of the day and the reading that are asked for', async () => {
  const cents = async (query: string) => {
    const reply = await get(`?assumedCostEuro=10000${query}`);
    const { basis, rows } = planningReplySchema.parse(reply.json());
    return [basis.schemeIsOpen, basis.readingId, rows[1]?.subsidyCents];
  };
  expect(await cents('&on=2019-10-31')).toEqual([true, 'literal', 250_000]);
  expect(await cents('&on=2019-10-31&reading=po-raad')).toEqual([true, 'po-raad', 375_000]);
  expect(await cents('&on=2019-11-01')).toEqual([false, 'literal', 0]);
  const unknown = await get('?reading=ruim');
  expect(unknown.statusCode).toBe(400);
  expect(unknown.json().error.message).toMatch(/no reading ruim; it has literal, po-raad/);
});

test('filters narrow, and what cannot be asked is refused by name', async () => {
  const ids = async (query: string) =>
    (await get(query)).json().rows.map(({ locationId }: { locationId: string }) => locationId);
  expect(await ids('?verdict=below')).toEqual(['16SW03']);
  expect(await ids('?board=40505')).toEqual(['00AP00']);
  expect(await ids('?dossier=none&verdict=meets')).toEqual(['00AP00']);
  for (const [query, fault] of [
    ['?verdict=slow', /querystring\/verdict/],
    ['?radiusKm=26', /querystring\/radiusKm/],
    ['?format=pdf', /querystring\/format/],
    ['/scenarios', /querystring\/budgetEuro/],
    ['/scenarios?budgetEuro=1.234', /two decimals/],
    ['/scenarios?budgetEuro=1&rule=best', /querystring\/rule/],
  ] as const) {
    const reply = await get(query);
    expect([query, reply.statusCode]).toEqual([query, 400]);
    expect(reply.json().error.message).toMatch(fault);
  }
  expect((await at.app.inject('/api/v1/planning')).statusCode).toBe(401);
});

test('a board plans with its own locations; others do not exist for it', async () => {
  const cookie = await at.signedIn(['40505']);
  const own = async (path: string) =>
    (await at.app.inject({ url: `/api/v1/planning${path}`, headers: { cookie } })).json();
  expect((await own('')).rows).toMatchObject([{ locationId: '00AP00' }]);
  expect((await own('?board=41234')).rows).toEqual([]);
  expect((await own('/funnel')).steps[0]).toMatchObject({ locations: 1 });
  const scenario = await own('/scenarios?budgetEuro=1e6&candidates=open&assumedCostEuro=1');
  expect(scenario.scenarios[0].summary.locations).toBe(0);
  const saved = await at.app.inject({
    ...{ url: '/api/v1/planning/saved-scenarios', headers: { cookie } },
  });
  expect(saved.statusCode).toBe(403);
});

test('a saved scenario stays as it came out, whatever is found later', async () => {
  const payload = {
    ...{ name: 'Voorjaar', budgetEuro: 50_000, candidates: 'open', assumedCostEuro: 20_000 },
    rule: ['worst_first', 'pupils_per_euro'],
  };
  const url = '/api/v1/planning/saved-scenarios';
  const made = await at.asOperator({ method: 'POST', url, payload });
  expect(made.statusCode).toBe(201);
  const saved = savedScenarioSchema.parse(made.json());
  expect(saved.scenarios.map(({ summary }) => [summary.rule, summary.locations])).toEqual([
    ['worst_first', 1],
    ['pupils_per_euro', 1],
  ]);
  await at.registry.saveVerdict('16SW03', verdict('meets'));
  const found = await at.asOperator({ url: `${url}/${saved.id}` });
  expect(found.json()).toEqual(saved);
  const list = savedScenariosSchema.parse((await at.asOperator({ url })).json());
  expect(list.saved).toMatchObject([{ id: saved.id, name: 'Voorjaar' }]);

  const reader = await at.signedIn(null, 'reader');
  const headers = { cookie: reader, origin: 'http://localhost', host: 'localhost' };
  const read = await at.app.inject({ url: `${url}/${saved.id}`, headers });
  expect(read.statusCode).toBe(200);
  for (const request of [
    { method: 'POST' as const, url, payload },
    { method: 'DELETE' as const, url: `${url}/${saved.id}` },
  ]) {
    expect((await at.app.inject({ ...request, headers })).statusCode).toBe(403);
  }
  const remove = () => at.asOperator({ method: 'DELETE', url: `${url}/${saved.id}` });
  expect((await remove()).statusCode).toBe(204);
  expect((await remove()).statusCode).toBe(404);
  expect((await at.asOperator({ url: `${url}/${saved.id}` })).statusCode).toBe(404);
});

function rowOf<Cell>(rows: readonly (readonly Cell[])[], index: number) {
  const [headers = []] = rows;
  return Object.fromEntries(headers.map((header, column) => [header, rows[index]?.[column]]));
}
