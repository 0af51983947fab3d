import { afterEach, beforeEach, expect, test } from 'vitest';
import { availabilityViewSchema } from '#shared/wire/api.ts';
import { availabilityRecord } from '#test/support/measurements.ts';
import { type Harness, openHarness } from './harness.ts';

const DEVICE = '7f1f6ac1-4d3c-4d3f-9d0a-0d4f0a3a4a10';
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

async function watched(): Promise<void> {
  await at.registry.addEnrolmentCode('CODE', '16SW03', now + HOUR);
  await at.registry.enrol(
    'CODE',
    { id: DEVICE, name: 'kast', position: 'off_path', publicKey: 'abc', agentVersion: '0.1.0' },
    now,
  );
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
  await at.series.write(
    records.map((measurement) => {
      const startedAt = Date.parse(measurement.startedAt);
      const receivedAt = startedAt + measurement.durationMs + 1000;
      return { measurement, locationId: '16SW03', startedAt, receivedAt };
    }),
  );
  await at.registry.recordContact(DEVICE, { at: now });
}

test('months and outages, newest first, the device off told apart from the line down', async () => {
  await watched();
  const reply = await at.asOperator({ url: `${URL}?months=2` });
  expect(reply.statusCode).toBe(200);
  const view = availabilityViewSchema.parse(reply.json());
  expect(view).toEqual(reply.json());
  expect(view.months.map(({ month }) => month)).toEqual(['2026-03', '2026-02']);
  // March began 33 hours ago: two of ten hours up, then off for 25, then the outage, then up by contact.
  expect(view.months[0]).toMatchObject({
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
  expect(view.months[1]).toMatchObject({ observedMs: 7 * HOUR, share: 1, offMs: 0 });
  expect(view.outages).toMatchObject([
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
  expect(months.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(months.headers['content-disposition']).toBe(
    'attachment; filename="meetnet-16SW03-months.csv"',
  );
  expect(months.body).toBe(
    [
      'location,month,from,to,availability,strict_availability,observed_s,line_down_s,outages,unreachable_s,local_down_s,device_off_s,silent_s,maintenance_s,collector_down_s',
      `16SW03,2026-03,2026-02-28T23:00:00.000Z,2026-03-31T22:00:00.000Z,0.9375,${7.5 / 33},28800,1800,1,0,0,90000,0,0,0`,
      '',
    ].join('\r\n'),
  );
  const outages = await at.asOperator({ url: `${URL}?months=1&format=csv&table=outages` });
  expect(outages.body.split('\r\n')).toEqual([
    'location,kind,from,to,duration_s,counted,start_uncertainty_s,end_uncertainty_s',
    '16SW03,line_down,2026-03-02T05:00:00.000Z,2026-03-02T05:30:00.000Z,1800,true,25,40',
    '16SW03,off,2026-03-01T02:00:00.000Z,2026-03-02T03:00:00.000Z,90000,false,,',
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
  const view = availabilityViewSchema.parse((await at.asOperator({ url: URL })).json());
  expect(view.minOutageMs).toBe(HOUR);
  expect(view.months).toHaveLength(12);
  expect(view.months[0]).toMatchObject({
    lineDownMs: 0,
    maintenanceMs: HOUR,
    share: 1,
    outages: 0,
  });
  expect(view.outages[0]).toMatchObject({ kind: 'line_down', counted: false });
});

test('a location that nobody watches has no percentage; one of another board does not exist', async () => {
  const view = availabilityViewSchema.parse((await at.asOperator({ url: URL })).json());
  expect(view.outages).toEqual([]);
  expect(view.months.every(({ share, silentMs }) => share === null && silentMs === 0)).toBe(true);
  const cookie = await at.signedIn(['40505']);
  const foreign = await at.app.inject({ url: URL, headers: { cookie } });
  expect(foreign.statusCode).toBe(404);
  expect((await at.app.inject({ url: URL })).statusCode).toBe(401);
  for (const query of ['months=0', 'months=61', 'months=x', 'format=pdf', 'table=x']) {
    const reply = await at.asOperator({ url: `${URL}?${query}` });
    expect([query, reply.statusCode]).toEqual([query, 400]);
  }
});
