// What becomes of a dossier, its steps, its links and its reminders when a location goes on as another.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Desk } from '#collector/dossiers/desk.ts';
import { createSurveyDesk } from '#collector/dossiers/survey-desk.ts';
import { createLiveEvents } from '#collector/live.ts';
import type { Registry } from '#collector/registry/registry.ts';
import { dossierSchema, type Offer } from '#shared/model/dossier.ts';
import { openDossier, testDossierParts } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { changed, type OpenRegistry, openTestRegistry } from '#test/support/registry.ts';

const FROM = '16SW03';
const TO = '16SW04';
const OFFER: Omit<Offer, 'id'> = {
  ...{ provider: 'Delta', kind: 'fibre', oneOffCents: 2_000_000, monthlyCents: 9_900 },
  ...{ months: 36, downloadMbps: 1000, uploadMbps: 1000, validUntil: '2027-12-31', jointWith: [] },
};
const WANTS = { kind: 'answered', answer: { view: { view: 'wants_better' } } } as const;

let clock: FakeClock;
let opened: OpenRegistry;
let registry: Registry;
let desk: Desk;
beforeEach(async () => {
  clock = new FakeClock();
  opened = await openTestRegistry(clock);
  registry = opened.registry;
  ({ desk } = (await testDossierParts({ registry, events: createLiveEvents(), clock })).api);
});
afterEach(() => opened[Symbol.asyncDispose]());

const at = (locationId: string) =>
  ({ locationId, author: { kind: 'command_line' }, reason: 'r' }) as const;
const merge = (from = FROM, to = TO) =>
  changed(registry, { merged: [{ from, to, at: clock.now() }] });
const survey = () => createSurveyDesk({ registry, desk, clock });
const tokenOf = (link: string) => link.split('/').at(-1) ?? '';

async function invited(locationId: string) {
  await openDossier(registry, locationId, clock.now());
  const { link } = await desk.invite({ ...at(locationId), email: `${locationId}@school.nl` });
  return tokenOf(link);
}

test('a dossier goes along whole, with the link that the school has and what was reminded of', async () => {
  const token = await invited(FROM);
  const before = await registry.dossiers.dossier(FROM);
  await registry.dossiers.remind({
    keys: [`${FROM} asked x overdue 0`, '00AA00 asked x overdue 0'],
    ...{ mails: [], invitations: [] },
  });
  clock.step(1000);
  await merge();
  expect(await registry.dossiers.dossier(FROM)).toBeUndefined();
  const after = await registry.dossiers.dossier(TO);
  expect(after).toMatchObject({ locationId: TO, state: 'asked', version: 3, round: 1 });
  expect(after?.steps.slice(0, -1)).toEqual(before?.steps);
  expect(after?.steps.at(-1)).toMatchObject({
    author: { kind: 'import' },
    event: { kind: 'merged', from: FROM },
  });
  expect(dossierSchema.parse(after)).toEqual(after);
  expect((await registry.dossiers.dossiers(undefined, { state: 'asked' }))[0]?.locationId).toBe(TO);
  expect(await registry.dossiers.invitations(TO)).toMatchObject([{ email: '16SW03@school.nl' }]);
  expect(
    await registry.dossiers.remindedOf([
      ...[`${TO} asked x overdue 0`, `${FROM} asked x overdue 0`, '00AA00 asked x overdue 0'],
    ]),
  ).toEqual(new Set([`${TO} asked x overdue 0`, '00AA00 asked x overdue 0']));

  const answered = await survey().answer(token, WANTS.answer, null);
  expect(answered).toMatchObject({ status: 'open', location: { id: TO } });
  expect((await registry.dossiers.dossier(TO))?.state).toBe('wants_better');
});

test('where the one gone has no dossier, the other’s stays as it is', async () => {
  await openDossier(registry, TO, clock.now());
  await merge();
  expect((await registry.dossiers.dossier(TO))?.version).toBe(1);
});

test('of two, the case that is further goes on, with offers and documents of both', async () => {
  for (const id of [FROM, TO]) {
    await openDossier(registry, id, clock.now());
    await desk.act(at(id), {
      kind: 'asked',
      channel: 'telephone',
      answerBy: '2027-01-01T00:00:00Z',
    });
    await desk.act(at(id), WANTS);
    await desk.act(at(id), {
      kind: 'document_added',
      document: { id: `d ${id}`, name: id, reference: { kind: 'file_number', fileNumber: '1' } },
    });
  }
  await desk.addOffer(at(FROM), OFFER);
  const coming = await registry.dossiers.dossier(FROM);
  await merge();
  const after = await registry.dossiers.dossier(TO);
  expect(after).toMatchObject({
    ...{ state: 'offer', since: coming?.since, round: 1 },
    documents: [{ id: `d ${FROM}` }, { id: `d ${TO}` }],
  });
  expect(after?.offers).toEqual(coming?.offers);
  expect(dossierSchema.parse(after)).toEqual(after);
  // Its steps can still be read where they were, and nothing moves there any more.
  const left = await registry.dossiers.dossier(FROM);
  expect(left?.setAside?.reason).toBe(`went on as ${TO}`);
  expect(left?.steps.slice(0, -1)).toEqual(coming?.steps);
  const [offer] = after?.offers ?? [];
  const ordered = await desk.act(at(TO), { kind: 'ordered', offerId: offer?.id ?? '' });
  expect(ordered.state).toBe('ordered');
});

test('a link answers the question that it was sent for, and no other', async () => {
  // Both were asked by a second step: the numbers of their questions are the same.
  const stale = await invited(TO);
  await desk.act(at(TO), {
    kind: 'answered',
    answer: { view: { view: 'suffices', why: 'satisfied' } },
  });
  await desk.act(at(TO), { kind: 'set_aside' });
  const fresh = await invited(FROM);
  await merge();
  expect((await registry.dossiers.dossier(TO))?.state).toBe('asked');
  expect((await survey().open(stale)).status).toBe('unknown');
  expect(await survey().open(fresh)).toMatchObject({ status: 'open', location: { id: TO } });
});

test('the links of the case that gives way answer nothing any more', async () => {
  const own = await invited(TO);
  await desk.act(at(TO), WANTS);
  const gone = await invited(FROM);
  await merge();
  expect((await registry.dossiers.dossier(TO))?.state).toBe('wants_better');
  expect((await survey().open(gone)).status).toBe('unknown');
  expect((await survey().open(own)).status).toBe('open');
});
