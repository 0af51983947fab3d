// The table's cells, from the evidence to the own share.
import { expect, test } from 'vitest';
import { createPlanning, type PlanningOptions } from '#collector/planning/planning.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import type { ScenarioRule } from '#shared/wire/planning.ts';
import {
  CALCULATION,
  HALF,
  input,
  JUDGED_AT,
  northOf,
  offer,
  verdict,
} from './planning-samples.ts';

const OPTIONS: PlanningOptions = { norm: NORM_500_40, estimate: HALF, radiusKm: 2, filter: {} };

test('a location under the norm, with its line, case, offer and neighbours', () => {
  const short = {
    ...input({
      ...{ id: '16SW03', pupils: 80, outcome: 'below', download: 96.04, upload: 39.5 },
      ...{ coordinates: northOf(0), state: 'offer', lineKind: 'copper' },
      offers: [
        offer('a', 24_000, { monthlyCents: 10_000 }),
        offer('b', 26_000, { monthlyCents: 4_000 }),
        offer('c', 1, { downloadMbps: 300 }),
      ],
    }),
  };
  const near = input({ id: '16SW04', outcome: 'below', coordinates: northOf(1500) });
  const good = input({ id: '16SW05', outcome: 'meets', coordinates: northOf(100) });
  const far = input({ id: '16SW06', outcome: 'below', coordinates: northOf(5000) });
  const [row] = createPlanning([far, good, near, short], OPTIONS).table();
  expect(row).toEqual({
    locationId: '16SW03',
    name: 'School 16SW03',
    boardId: '41234',
    board: 'Stichting A',
    city: null,
    municipality: 'Ede',
    province: 'Gelderland',
    pupils: 80,
    verdict: 'below',
    measuredVerdict: 'below',
    overruledUntil: null,
    judgedAt: JUDGED_AT,
    downloadPassShare: 0,
    downloadPassLow: 0,
    downloadPassHigh: 0.1234,
    uploadPassShare: 0,
    uploadPassLow: 0,
    uploadPassHigh: 0.1234,
    downloadMbps: 96,
    uploadMbps: 39.5,
    downloadShortfallMbps: 404,
    downloadShortfallShare: 0.8079,
    // Within the norm's tolerance of 2%.
    uploadShortfallMbps: 0,
    uploadShortfallShare: 0,
    downloadMbpsPerPupil: 1.2,
    lines: 1,
    lineKind: 'copper',
    lineProvider: 'KPN',
    contractedDownloadMbps: null,
    contractedUploadMbps: null,
    dossierState: 'offer',
    dossierSince: JUDGED_AT,
    offers: 3,
    // 26,000 + 36 × 40 is less than 24,000 + 36 × 100; the cheapest does not reach the norm.
    offerProvider: 'Aanbieder b',
    offerKind: 'fibre',
    costFrom: 'offer',
    costCents: 2_600_000,
    monthlyCents: 4_000,
    subsidyCents: 1_300_000,
    ownShareCents: 1_300_000,
    subsidyFrom: 'known',
    subsidyCalculation: CALCULATION,
    costPerPupilCents: 32_500,
    shortNeighbours: 1,
    nearestShortKm: 1.5,
    shortNeighbourIds: ['16SW04'],
    jointBuildId: '16SW03',
  });
});

test('what an operator says counts while it holds, beside what was measured', () => {
  const endsAt = '2019-04-01T00:00:00.000Z';
  const measured = {
    outcome: 'meets',
    download: 520,
    upload: 44,
    coordinates: northOf(0),
  } as const;
  const said = {
    ...input({ id: '16SW03', ...measured }),
    overrule: { outcome: 'below', endsAt },
  } as const;
  const near = input({ id: '16SW04', outcome: 'below', coordinates: northOf(1500) });
  const spared = {
    ...input({ id: '16SW05', outcome: 'below', download: 96, coordinates: northOf(100) }),
    overrule: { outcome: 'meets', endsAt },
  } as const;
  const planning = createPlanning([said, near, spared], OPTIONS);
  const [first, , last] = planning.table();
  expect(first).toMatchObject({
    ...{ verdict: 'below', measuredVerdict: 'meets', overruledUntil: endsAt, downloadMbps: 520 },
    ...{ shortNeighbourIds: ['16SW04'], jointBuildId: '16SW03' },
  });
  expect(last).toMatchObject({
    ...{ verdict: 'meets', measuredVerdict: 'below', overruledUntil: endsAt, downloadMbps: 96 },
    jointBuildId: null,
  });
  const short = createPlanning([said, near, spared], { ...OPTIONS, filter: { verdict: 'below' } });
  expect(short.table().map(({ locationId }) => locationId)).toEqual(['16SW03', '16SW04']);
});

test('what is not known is null, never zero', () => {
  const [row] = createPlanning([{ ...input({ id: '16SW03' }), lines: [] }], OPTIONS).table();
  expect(row).toMatchObject({
    ...{ pupils: null, verdict: null, judgedAt: null, downloadMbps: null },
    ...{ measuredVerdict: null, overruledUntil: null },
    ...{ downloadShortfallMbps: null, downloadMbpsPerPupil: null, downloadPassShare: null },
    ...{ lineKind: null, dossierState: null, costCents: null, subsidyCents: null },
    ...{ ownShareCents: null, costPerPupilCents: null, shortNeighbours: null },
    ...{ nearestShortKm: null, jointBuildId: null, lines: 0, offers: 0 },
  });
});

test('without a median of the verdict the newest test is shown, and is no shortfall; a backup line never is', () => {
  const running = { role: 'main', endedAt: null } as const;
  const location = input({ id: '16SW03', pupils: 0, outcome: 'inconclusive' });
  const [row] = createPlanning(
    [
      {
        ...location,
        latest: { download: 480, upload: 44 },
        lines: [
          { ...running, role: 'backup', kind: 'mobile', contractedDownMbps: 900 },
          { ...running, kind: 'copper' },
          { ...running, kind: 'cable', contractedDownMbps: 500, contractedUpMbps: 50 },
          { ...running, kind: 'fibre', contractedDownMbps: 500, contractedUpMbps: 500 },
        ],
      },
    ],
    OPTIONS,
  ).table();
  expect(row).toMatchObject({
    ...{ downloadMbps: 480, uploadMbps: 44 },
    ...{ downloadShortfallMbps: null, downloadShortfallShare: null, uploadShortfallMbps: null },
    ...{ lines: 4, lineKind: 'cable', contractedDownloadMbps: 500, contractedUploadMbps: 50 },
    downloadMbpsPerPupil: null,
  });
});

test('a cost can be assumed, and is said to be', () => {
  const assumed = { ...OPTIONS, assumedCostCents: 1_000_000 };
  const rows = createPlanning(
    [
      input({ id: '16SW03', outcome: 'below', pupils: 10 }),
      input({ id: '16SW04', outcome: 'below', state: 'offer', offers: [offer('a', 4000)] }),
    ],
    assumed,
  ).table();
  expect(rows).toMatchObject([
    {
      costFrom: 'assumed',
      costCents: 1_000_000,
      subsidyCents: 500_000,
      costPerPupilCents: 100_000,
    },
    { costFrom: 'offer', costCents: 400_000, subsidyCents: 200_000, costPerPupilCents: null },
  ]);
});

test('a subsidy on a line that nobody knows is an assumption, alone, together and in a scenario', () => {
  const inputs = (['copper', 'unknown'] as const).map((lineKind, at) =>
    input({
      ...{ id: `16SW0${3 + at}`, outcome: 'below', state: 'offer', lineKind },
      ...{ coordinates: northOf(100 * at), offers: [offer(`o${at}`, 10_000)] },
    }),
  );
  const planning = createPlanning(inputs, OPTIONS);
  expect(planning.table().map(({ subsidyFrom }) => subsidyFrom)).toEqual(['known', 'assumed']);
  expect(planning.jointBuilds()).toMatchObject([{ subsidyFrom: 'assumed' }]);
  const chosen = (rule: ScenarioRule) =>
    planning
      .scenario({ rule, charge: 'cost', budgetCents: 1e9 }, 'open')
      .choices.map(({ subsidyFrom }) => subsidyFrom);
  expect(chosen('pupils_per_euro')).toEqual(['known', 'assumed']);
  expect(chosen('joint_builds_first')).toEqual(['assumed']);
});

test('of a joint offer each location has its part, and the parts add up', () => {
  const ids = ['16SW03', '16SW04', '16SW05'];
  const inputs = ids.map((id) => {
    const jointWith = ids.filter((other) => other !== id);
    const offers = [offer('a', 10_000.01, { jointWith, monthlyCents: 100 }), offer('b', 9_000)];
    return input({ id, outcome: 'below', state: 'offer', offers });
  });
  // A third of 10,000.01 is less than 9,000; the bonus of a fifth is on top of the half.
  expect(createPlanning(inputs, OPTIONS).table()).toMatchObject([
    { costCents: 333_334, monthlyCents: 34, subsidyCents: 200_000, ownShareCents: 133_334 },
    { costCents: 333_334, monthlyCents: 33, subsidyCents: 200_000, ownShareCents: 133_334 },
    { costCents: 333_333, monthlyCents: 33, subsidyCents: 200_000, ownShareCents: 133_333 },
  ]);
});

test('the filter narrows the rows, and leaves their neighbours as they are', () => {
  const inputs = [
    input({ id: '16SW03', outcome: 'below', coordinates: northOf(0), state: 'asked' }),
    input({ id: '16SW04', outcome: 'below', coordinates: northOf(100) }),
    input({ id: '16SW05', outcome: 'meets', coordinates: northOf(200) }),
    { ...input({ id: '16SW06' }), verdict: verdict('no_data') },
  ];
  const ids = (filter: PlanningOptions['filter']) =>
    createPlanning(inputs, { ...OPTIONS, filter })
      .table()
      .map(({ locationId }) => locationId);
  expect(ids({ verdict: 'below' })).toEqual(['16SW03', '16SW04']);
  expect(ids({ verdict: 'no_data' })).toEqual(['16SW06']);
  expect(ids({ dossier: 'none' })).toEqual(['16SW04', '16SW05', '16SW06']);
  expect(ids({ dossier: 'asked', municipality: 'EDE', province: 'gelderland' })).toEqual([
    '16SW03',
  ]);
  expect(ids({ board: '49999' })).toEqual([]);
  const asked = createPlanning(inputs, { ...OPTIONS, filter: { dossier: 'asked' } });
  expect(asked.table()).toMatchObject([{ shortNeighbourIds: ['16SW04'] }]);
  expect(asked.jointBuilds()).toMatchObject([{ locationIds: ['16SW03', '16SW04'] }]);
  expect(asked.funnel()[0]).toMatchObject({ step: 'locations', locations: 1 });
});
