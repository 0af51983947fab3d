import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Measurement } from '#shared/model/measurement.ts';
import { type AvailabilityView, availabilityViewSchema } from '#shared/wire/api.ts';
import { availabilityRecord } from '#test/support/measurements.ts';
import { type Harness, openHarness } from './harness.ts';

const DEVICE = '7f1f6ac1-4d3c-4d3f-9d0a-0d4f0a3a4a10';
const OTHER = '7f1f6ac1-4d3c-4d3f-9d0a-0d4f0a3a4a11';
const THIRD = '7f1f6ac1-4d3c-4d3f-9d0a-0d4f0a3a4a12';
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** The harness's clock stands at 09:00 in Amsterdam on 2 March 2026. */
const URL = '/api/v1/locations/16SW03/availability';

let at: Harness;
let now: number;
beforeEach(async () => {
  at = await openHarness();
  now = at.clock.now();
});
afterEach(() => at[Symbol.asyncDispose]());

async function enrol(id: string, lineId?: string): Promise<void> {
  await at.registry.addEnrolmentCode(`CODE ${id}`, '16SW03', now + HOUR, lineId);
  const device = { id, name: 'kast', position: 'off_path', publicKey: `key ${id}` } as const;
  await at.registry.enrol(`CODE ${id}`, { ...device, agentVersion: '0.1.0' }, now);
}

async function told(records: readonly Measurement[]): Promise<void> {
  await at.series.write(
    records.map((measurement) => {
      const startedAt = Date.parse(measurement.startedAt);
      const receivedAt = startedAt + measurement.durationMs + 1000;
      return { measurement, locationId: '16SW03', startedAt, receivedAt };
    }),
  );
}

async function viewed(query = ''): Promise<AvailabilityView> {
  const reply = await at.asOperator({ url: `${URL}${query}` });
  expect(reply.statusCode).toBe(200);
  const view = availabilityViewSchema.parse(reply.json());
  expect(view).toEqual(reply.json());
  return view;
}

async function watched(): Promise<void> {
  const main = (await at.registry.lines('16SW03')).find(({ role }) => role === 'main');
  await enrol(DEVICE, main?.id);
  const records = [
    availabilityRecord(DEVICE, now - 40 * HOUR, 6 * HOUR, { ended: 'continues' }),
    availabilityRecord(DEVICE, now - 34 * HOUR, 4 * HOUR, { ended: 'restarted' }),
    availabilityRecord(DEVICE, now - 5 * HOUR, 2 * HOUR),
    availabilityRecord(DEVICE, now - 3 * HOUR, 30 * MINUTE, {
      state: 'line_down',
      startUncertaintyMs: 25_000,
    }),
    availabilityRecord(DEVICE, now - 2.5 * HOUR, 1.5 * HOUR, { startUncertaintyMs: 40_000 }),
  ];
  await told(records);
  await at.registry.recordContact(DEVICE, { at: now });
}

test('months and outages, newest first, the device off told apart from the line down', async () => {
  await watched();
  const view = await viewed('?months=2');
  expect(view.lines).toHaveLength(1);
  const { months, outages } = view.lines[0] as AvailabilityView['lines'][number];
  expect(months.map(({ month }) => month)).toEqual(['2026-03', '2026-02']);
  // March began 33 hours ago: two of ten hours up, then off for 25, then the outage, then up by contact.
  expect(months[0]).toMatchObject({
    from: '2026-02-28T23:00:00.000Z',
    to: '2026-03-31T22:00:00.000Z',
    observedMs: 8 * HOUR,
    lineDownMs: HOUR / 2,
    offMs: 25 * HOUR,
    silentMs: 0,
    share: 7.5 / 8,
    strictShare: 7.5 / 33,
    outages: 1,
  });
  expect(months[1]).toMatchObject({ observedMs: 7 * HOUR, share: 1, offMs: 0 });
  expect(outages).toMatchObject([
    {
      kind: 'line_down',
      from: new Date(now - 3 * HOUR).toISOString(),
      to: new Date(now - 2.5 * HOUR).toISOString(),
      durationMs: HOUR / 2,
      counted: true,
      startUncertaintyMs: 25_000,
      endUncertaintyMs: 40_000,
    },
    { kind: 'off', durationMs: 25 * HOUR, counted: false },
  ]);
});

test('as a table of months, and of outages', async () => {
  await watched();
  const months = await at.asOperator({ url: `${URL}?months=1&format=csv` });
  expect(months.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
  expect(months.headers['content-disposition']).toBe(
    'attachment; filename="meetnet-16SW03-months.csv"',
  );
  expect(months.body).toBe(
    [
      '\uFEFFlocation,line,month,from,to,availability,strict_availability,observed_s,line_down_s,outages,unreachable_s,local_down_s,device_off_s,silent_s,maintenance_s,collector_down_s',
      `16SW03,hoofdlijn,2026-03,2026-02-28T23:00:00.000Z,2026-03-31T22:00:00.000Z,0.9375,${7.5 / 33},28800,1800,1,0,0,90000,0,0,0`,
      '',
    ].join('\r\n'),
  );
  const outages = await at.asOperator({ url: `${URL}?months=1&format=csv&table=outages` });
  expect(outages.body.split('\r\n')).toEqual([
    '\uFEFFlocation,line,kind,from,to,duration_s,counted,start_uncertainty_s,end_uncertainty_s',
    '16SW03,hoofdlijn,line_down,2026-03-02T05:00:00.000Z,2026-03-02T05:30:00.000Z,1800,yes,25,40',
    '16SW03,hoofdlijn,off,2026-03-01T02:00:00.000Z,2026-03-02T03:00:00.000Z,90000,no,,',
    '',
  ]);
});

test('as agreed: a least duration, and maintenance of some locations', async () => {
  const t = Date.parse('2026-03-02T05:00:00.000Z');
  await using agreed = await openHarness({
    outageRules: {
      minOutageMs: HOUR,
      maintenance: [
        { from: t - HOUR, to: t, locationIds: ['16SW03'] },
        { from: t - 2 * HOUR, to: t, locationIds: ['00AP00'] },
      ],
    },
  });
  await at[Symbol.asyncDispose]();
  at = agreed;
  await watched();
  const { minOutageMs, lines } = await viewed();
  expect(minOutageMs).toBe(HOUR);
  expect(lines[0]?.months).toHaveLength(12);
  expect(lines[0]?.months[0]).toMatchObject({
    lineDownMs: 0,
    maintenanceMs: HOUR,
    share: 1,
    outages: 0,
  });
  expect(lines[0]?.outages[0]).toMatchObject({ kind: 'line_down', counted: false });
});

test('each line by its own devices, and one that ended until then', async () => {
  const facts = { role: 'backup', kind: 'mobile' } as const;
  const fourG = await at.registry.addLine('16SW03', { ...facts, name: '=4G' });
  const old = await at.registry.addLine('16SW03', { ...facts, name: 'ISDN' });
  await at.registry.addLine('16SW03', { ...facts, name: 'zonder kast' });
  await watched();
  await enrol(OTHER, fourG.id);
  await enrol(THIRD, old.id);
  // Up while the main line was down, and down while that was up.
  await told([
    availabilityRecord(OTHER, now - 4 * HOUR, 3 * HOUR),
    availabilityRecord(OTHER, now - HOUR, HOUR - MINUTE, { state: 'line_down' }),
    availabilityRecord(THIRD, now - 20 * HOUR, 4 * HOUR),
  ]);
  await at.registry.endLine(old.id, now);
  at.clock.step(10 * HOUR);
  const { lines } = await viewed('?months=1');
  const said = lines.map(({ name, endedAt, months: [month] }) => [
    name,
    { endedAt, share: month?.share, silentMs: month?.silentMs },
  ]);
  expect(Object.fromEntries(said)).toEqual({
    hoofdlijn: { endedAt: null, share: 0.9375, silentMs: 10 * HOUR },
    '=4G': { endedAt: null, share: 180 / 239, silentMs: 10 * HOUR + MINUTE },
    ISDN: { endedAt: new Date(now).toISOString(), share: 1, silentMs: 16 * HOUR },
    'zonder kast': { endedAt: null, share: null, silentMs: 0 },
  });
  const csv = await at.asOperator({ url: `${URL}?months=1&format=csv` });
  // A name that a spreadsheet would run is text.
  expect(csv.body).toContain("\r\n16SW03,'=4G,2026-03,");
  expect(csv.body.split('\r\n')).toHaveLength(6);
});

test('a location that nobody watches has no percentage; one of another board does not exist', async () => {
  const { lines } = await viewed();
  expect(lines.map(({ name }) => name)).toEqual(['hoofdlijn']);
  for (const { months, outages } of lines) {
    expect(outages).toEqual([]);
    expect(months.every(({ share, silentMs }) => share === null && silentMs === 0)).toBe(true);
  }
  const cookie = await at.signedIn(['40505']);
  const foreign = await at.app.inject({ url: URL, headers: { cookie } });
  expect(foreign.statusCode).toBe(404);
  expect((await at.app.inject({ url: URL })).statusCode).toBe(401);
  for (const query of ['months=0', 'months=61', 'months=x', 'format=pdf', 'table=x']) {
    const reply = await at.asOperator({ url: `${URL}?${query}` });
    expect([query, reply.statusCode]).toEqual([query, 400]);
  }
});
