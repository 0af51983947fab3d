// A joint offer over HTTP: every one of its locations has it, by the same figures in dossier and planning.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dossierViewSchema } from '#shared/wire/dossier-api.ts';
import { planningReplySchema, scenariosReplySchema } from '#shared/wire/planning.ts';
import { verdict } from '#test/collector/planning/planning-samples.ts';
import { openDossier } from '#test/support/dossiers.ts';
import { changed } from '#test/support/registry.ts';
import { type Harness, openHarness } from './harness.ts';

const IDS = ['00AP00', '16SW03', '16SW04'];
const OFFER = {
  ...{ provider: 'Delta', kind: 'fibre', oneOffCents: 3_000_001, monthlyCents: 9_900 },
  ...{ months: 36, downloadMbps: 1000, uploadMbps: 1000, validUntil: '2027-12-31' },
};
/** A day on which the scheme is open. */
const ON = Date.parse('2019-03-13T09:00:00Z');
const WANTS = { kind: 'answered', answer: { view: { view: 'wants_better' } } };

let at: Harness;
beforeEach(async () => {
  at = await openHarness();
  at.clock.step(ON - at.clock.now());
  await changed(at.registry, {
    locations: [{ id: '16SW04', boardId: '41234', name: 'Bijgebouw' }],
  });
  for (const id of IDS) {
    await at.registry.saveVerdict(id, verdict('below', { download: 96, upload: 19.2 }));
    const [line] = await at.registry.lines(id);
    await at.registry.changeLine(line?.id ?? '', { kind: 'copper' });
    await openDossier(at.registry, id, at.clock.now());
  }
});
afterEach(() => at[Symbol.asyncDispose]());

const post = async (path: string, payload: object, headers: Record<string, string> = {}) => {
  const request = { method: 'POST' as const, url: `/api/v1${path}`, payload };
  return Object.keys(headers).length === 0
    ? at.asOperator(request)
    : at.app.inject({ ...request, headers });
};
const version = async (id: string) => (await at.registry.dossiers.dossier(id))?.version ?? 0;
async function step(id: string, event: object) {
  return post(`/dossiers/${id}/steps`, { version: await version(id), reason: 'r', event });
}
async function wanting(...ids: readonly string[]) {
  for (const id of ids) {
    await step(id, { kind: 'asked', channel: 'telephone', answerBy: '2030-01-01T00:00:00Z' });
    expect((await step(id, WANTS)).statusCode).toBe(200);
  }
}
const offered = async (id: string, jointWith: readonly string[]) =>
  post(`/dossiers/${id}/offers`, {
    ...{ version: await version(id), reason: 'mail van 3 maart', offer: { ...OFFER, jointWith } },
  });
const view = async (id: string) =>
  dossierViewSchema.parse((await at.asOperator({ url: `/api/v1/dossiers/${id}` })).json());
const rows = async () =>
  planningReplySchema.parse((await at.asOperator({ url: '/api/v1/planning' })).json()).rows;
const scenario = async (euro: number) => {
  const query = `budgetEuro=${euro}&rule=pupils_per_euro`;
  const reply = await at.asOperator({ url: `/api/v1/planning/scenarios?${query}` });
  return scenariosReplySchema.parse(reply.json()).scenarios[0]?.choices;
};

test('it is in the dossier of each, and dossier and planning say the same of it', async () => {
  await wanting(...IDS);
  expect((await offered('16SW03', ['16SW04', '00AP00'])).statusCode).toBe(200);
  const views = await Promise.all(IDS.map(view));
  const [one] = views[0]?.offers ?? [];
  for (const { state, offers, locationId, steps } of views) {
    expect(state).toBe('offer');
    expect(offers).toEqual([
      { ...one, jointWith: IDS.filter((id) => id !== locationId), from: null },
    ]);
    expect(steps.at(-1)).toMatchObject({
      reason: 'mail van 3 maart',
      event: { kind: 'offer_added' },
    });
  }
  // 7,500 and 60% of 15,000.01, less 2,500, is 14,000; a fifth on top.
  const amountCents = one?.estimate?.amountCents ?? 0;
  expect(amountCents).toBe(1_680_000);
  const sums = async () => {
    const found = await rows();
    const sum = (of: (row: (typeof found)[number]) => number | null) =>
      found.reduce((total, row) => total + (of(row) ?? 0), 0);
    return [sum((row) => row.costCents), sum((row) => row.subsidyCents), sum((row) => row.offers)];
  };
  expect(await sums()).toEqual([3_000_001, amountCents, 3]);

  // One of them turns out to be on cable: nobody gets anything, wherever it is asked.
  const [line] = await at.registry.lines('00AP00');
  await at.registry.changeLine(line?.id ?? '', { kind: 'cable' });
  expect(await sums()).toEqual([3_000_001, 0, 3]);
  for (const id of IDS) expect((await view(id)).offers[0]?.estimate?.amountCents).toBe(0);

  expect(await scenario(30_000)).toEqual([]);
  expect(await scenario(30_000.01)).toMatchObject([
    { kind: 'joint', locationIds: IDS, costCents: 3_000_001, remainingCents: 0 },
  ]);
});

test('one that cannot take it yet is shown it, and has it when it wants better', async () => {
  await wanting('16SW03');
  await offered('16SW03', ['16SW04', '00AP00']);
  const early = await view('16SW04');
  expect(early).toMatchObject({ state: 'signalled', offers: [{ from: '16SW03' }] });
  expect((await rows()).map(({ offers, costCents }) => [offers, costCents])).toEqual([
    [1, 1_000_001],
    [1, 1_000_000],
    [1, 1_000_000],
  ]);
  // None of them, until all want it.
  expect(await scenario(100_000)).toEqual([]);
  await wanting('16SW04');
  expect(await view('16SW04')).toMatchObject({
    state: 'offer',
    offers: [{ from: null, jointWith: ['00AP00', '16SW03'] }],
  });
  expect(await scenario(100_000)).toEqual([]);
  await wanting('00AP00');
  expect(await scenario(100_000)).toMatchObject([{ locationIds: IDS }]);
});

test('withdrawn by one it is withdrawn for all, unless one has ordered it', async () => {
  await wanting(...IDS);
  await offered('16SW03', ['16SW04', '00AP00']);
  const offerId = (await view('16SW04')).offers[0]?.id ?? '';
  await step('00AP00', { kind: 'ordered', offerId });
  const refused = await step('16SW04', { kind: 'offer_withdrawn', offerId });
  expect([refused.statusCode, refused.json().error.message]).toEqual([
    409,
    expect.stringMatching(/00AP00 is ordered, where offer_withdrawn cannot follow/),
  ]);
  expect((await view('16SW04')).offers).toHaveLength(1);
  await step('00AP00', { kind: 'order_fell_through' });
  // It fell through there; what the others still have does not bring it back.
  expect(await view('00AP00')).toMatchObject({ state: 'wants_better', offers: [] });
  expect(await scenario(100_000)).toEqual([]);
  expect((await step('16SW04', { kind: 'offer_withdrawn', offerId })).statusCode).toBe(200);
  for (const id of IDS) {
    expect(await view(id)).toMatchObject({ state: 'wants_better', offers: [] });
  }
});

test('an operator of one board makes no offer to another’s school', async () => {
  await wanting(...IDS);
  const cookie = await at.signedIn(['41234'], 'operator');
  const headers = { cookie, origin: 'http://localhost', host: 'localhost' };
  const offer = { version: 3, reason: 'r' };
  const path = '/dossiers/16SW03/offers';
  const strange = { ...offer, offer: { ...OFFER, jointWith: ['00AP00'] } };
  const refused = await post(path, strange, headers);
  expect([refused.statusCode, refused.json().error.message]).toEqual([
    403,
    expect.stringMatching(/for 00AP00 too/),
  ]);
  expect(await version('00AP00')).toBe(3);
  const own = { ...offer, offer: { ...OFFER, jointWith: ['16SW04'] } };
  expect((await post(path, own, headers)).statusCode).toBe(200);
  expect(await version('16SW04')).toBe(4);
});

test('a location that closes or goes on as another: planning lists it no more, the offer goes on', async () => {
  await wanting(...IDS);
  await offered('16SW03', ['16SW04', '00AP00']);
  await changed(at.registry, { closed: [{ id: '00AP00', at: at.clock.now() }] });
  expect((await rows()).map(({ locationId, costCents }) => [locationId, costCents])).toEqual([
    ['16SW03', 1_500_001],
    ['16SW04', 1_500_000],
  ]);
  expect(await scenario(100_000)).toMatchObject([{ locationIds: ['16SW03', '16SW04'] }]);
  const closed = await offered('16SW03', ['00AP00']);
  expect([closed.statusCode, closed.json().error.message]).toEqual([
    400,
    expect.stringMatching(/00AP00 is closed; leave it out/),
  ]);
  await changed(at.registry, { merged: [{ from: '16SW04', to: '16SW03', at: at.clock.now() }] });
  expect(await rows()).toMatchObject([
    { locationId: '16SW03', offers: 1, costCents: 3_000_001, dossierState: 'offer' },
  ]);
  expect(await scenario(100_000)).toMatchObject([{ kind: 'single', locationIds: ['16SW03'] }]);
  const funnel = await at.asOperator({ url: '/api/v1/planning/funnel' });
  expect(funnel.json().steps[0]).toMatchObject({ step: 'locations', locations: 1 });
});
