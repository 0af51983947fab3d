// Evidence packs over HTTP: who may have one, in each form, with the figures of the location itself.
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createJudge } from '#collector/assessment/series-judge.ts';
import { checkPack } from '#collector/evidence-pack/check-pack.ts';
import { jwsFault } from '#collector/evidence-pack/jws.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { locationDetailSchema } from '#shared/wire/api.ts';
import { evidenceKeySchema, evidencePackSchema } from '#shared/wire/evidence-pack.ts';
import { NOW, packSample } from '#test/collector/evidence-pack/pack-samples.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type Harness, openHarness } from './harness.ts';

const URL = '/api/v1/locations/16SW03/evidence-pack';

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
  await at.clock.advance(NOW - at.clock.now());
  const [line] = packSample().lines;
  const [device] = line?.devices ?? [];
  await at.registry.addEnrolmentCode('CODE', '16SW03', NOW + 1000);
  await at.registry.enrol(
    'CODE',
    { id: device?.id ?? '', name: 'kast', position: 'off_path', publicKey: 'k', agentVersion: '0' },
    NOW - 60 * 86_400_000,
  );
  await at.series.write(line?.measurements ?? []);
  const norm = () => NORM_500_40;
  const { registry, series, clock } = at;
  await createJudge({ registry, series, norm, clock, log: silentLog }).judge('16SW03');
});
afterEach(() => at[Symbol.asyncDispose]());

test('the pack has the figures of the location, in each form, signed', async () => {
  const key = evidenceKeySchema.parse(
    (await at.app.inject('/.well-known/meetnet-evidence-key')).json(),
  );
  const { location } = locationDetailSchema.parse(
    (await at.asOperator({ url: '/api/v1/locations/16SW03' })).json(),
  );
  const json = await at.asOperator({ url: `${URL}?format=json` });
  const pack = evidencePackSchema.parse(json.json());
  expect(pack.verdict).toEqual(location.verdict);
  expect(pack.reproduction).toEqual({ result: 'reproduced', notes: [] });
  expect(pack.counts.tests).toBe(location.verdict.evidence.tests);
  expect(pack.overrule).toBeNull();
  for (const [format, type] of [
    ['json', 'application/json; charset=utf-8'],
    ['csv', 'text/csv; charset=utf-8; header=present'],
    ['pdf', 'application/pdf'],
  ]) {
    const reply = await at.asOperator({ url: `${URL}?format=${format}&lang=en` });
    expect([reply.statusCode, reply.headers['content-type']]).toEqual([200, type]);
    const jws = String(reply.headers['meetnet-evidence-jws']);
    expect(jwsFault(jws, reply.rawPayload, key)).toBeUndefined();
  }
  const zip = await at.asOperator({ url: URL });
  expect(zip.headers['content-disposition']).toBe(
    'attachment; filename="meetnet-evidence-16SW03-2026-03-20.zip"',
  );
  expect(checkPack(zip.rawPayload, key).faults).toEqual([]);
  const inside = Buffer.from(unzipSync(zip.rawPayload)['pack.json'] ?? []);
  expect(evidencePackSchema.parse(JSON.parse(inside.toString()))).toEqual(pack);
});

test('another period: judged as of its end, never less than what the verdict rests on', async () => {
  const get = async (query: string) => at.asOperator({ url: `${URL}?format=json&${query}` });
  const to = '2026-03-10T00:00:00.000Z';
  const past = evidencePackSchema.parse(
    (await get(`to=${to}&from=2026-03-09T00:00:00.000Z`)).json(),
  );
  expect(past.verdict.judgedAt).toBe(to);
  expect(past.period).toEqual({ from: past.verdict.evidence.from, to });
  expect(past.reproduction.result).toBe('judged_anew');
  const [line] = past.lines;
  const ofLine = evidencePackSchema.parse((await get(`line=${line?.id}`)).json());
  expect([ofLine.lineId, ofLine.verdict.outcome]).toEqual([line?.id, 'below']);
  for (const [query, status, fault] of [
    ['format=docx', 400, /querystring\/format/],
    ['from=2020-01-01T00:00:00Z', 400, /at most 366 days/],
    ['from=2026-03-30T00:00:00Z', 400, /ends before it begins/],
    ['line=other', 404, /has no line other/],
  ] as const) {
    const reply = await get(query);
    expect([query, reply.statusCode]).toEqual([query, status]);
    expect(reply.json().error.message).toMatch(fault);
  }
});

test('an operator’s say is in it, without his name; a board has only its own', async () => {
  const endsAt = new Date(NOW + 86_400_000).toISOString();
  const payload = { outcome: 'meets', reason: 'De lijn is vandaag vervangen.', endsAt };
  const url = '/api/v1/locations/16SW03/overrules';
  expect((await at.asOperator({ method: 'POST', url, payload })).statusCode).toBe(201);
  const own = await at.signedIn(['41234']);
  const reply = await at.app.inject({ url: `${URL}?format=json`, headers: { cookie: own } });
  const { overrule } = evidencePackSchema.parse(reply.json());
  expect(overrule).toEqual({ ...payload, createdAt: new Date(NOW).toISOString() });
  const other = await at.signedIn(['40505']);
  expect((await at.app.inject({ url: URL, headers: { cookie: other } })).statusCode).toBe(404);
  expect((await at.app.inject(URL)).statusCode).toBe(401);
});
