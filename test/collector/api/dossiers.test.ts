// Dossiers over real HTTP with the real registry: who sees, who acts, and what a course looks like.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dossierListSchema, dossierViewSchema } from '#shared/wire/dossier-api.ts';
import { openDossier } from '#test/support/dossiers.ts';
import { type Harness, openHarness, TOKEN } from './harness.ts';

let at: Harness;
let origin: string;
beforeEach(async () => {
  at = await openHarness();
  origin = await at.listen();
  for (const id of ['16SW03', '00AP00']) await openDossier(at.registry, id, at.clock.now());
});
afterEach(() => at[Symbol.asyncDispose]());

type Who = Readonly<Record<string, string>>;
const operator: Who = { authorization: `Bearer ${TOKEN}` };
const board = async (boardIds: string[] | null, role: 'reader' | 'operator' = 'reader') => ({
  cookie: await at.signedIn(boardIds, role),
  origin,
});

async function call(who: Who, path: string, body?: unknown) {
  const reply = await fetch(`${origin}/api/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...who, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of it
  return { status: reply.status, json: (await reply.json()) as any };
}

const OFFER = {
  provider: 'Delta',
  kind: 'fibre',
  oneOffCents: 2_000_000,
  monthlyCents: 9900,
  months: 36,
  downloadMbps: 1000,
  uploadMbps: 1000,
  validUntil: '2026-12-31',
  jointWith: [],
};
const step = (version: number, event: object, reason = 'omdat') => ({ version, reason, event });
const answered = (view: object) => ({ kind: 'answered', answer: { view } });
const path = '/dossiers/16SW03';

/** To `wants_better`, by telephone: version 3. */
async function wanting(): Promise<void> {
  const answerBy = new Date(at.clock.now() + 86_400_000).toISOString();
  await call(operator, `${path}/steps`, step(1, { kind: 'asked', channel: 'telephone', answerBy }));
  await call(operator, `${path}/steps`, step(2, answered({ view: 'wants_better' })));
}

test('a course from the telephone to the delivery, each step with author, time and reason', async () => {
  await wanting();
  const offered = await call(operator, `${path}/offers`, {
    version: 3,
    reason: 'mail van 3 maart',
    offer: OFFER,
  });
  expect(offered.status).toBe(200);
  const [offer] = offered.json.offers;
  await call(operator, `${path}/documents`, {
    reason: 'getekend',
    document: { name: 'Offerte', reference: { kind: 'url', url: 'https://zaak.example/1' } },
  });
  const ordered = await call(
    operator,
    `${path}/steps`,
    step(5, { kind: 'ordered', offerId: offer.id, deliveryBy: '2026-09-01' }),
  );
  expect(ordered.json).toMatchObject({ state: 'ordered', dueAt: '2026-09-02T00:00:00.000Z' });
  const done = await call(
    operator,
    `${path}/steps`,
    step(6, { kind: 'delivered' }, 'bericht van Delta'),
  );
  const dossier = dossierViewSchema.parse(done.json);
  expect(dossier).toMatchObject({
    state: 'delivered',
    version: 7,
    locationName: 'Basisschool De Zoë',
    board: { id: '41234', name: 'Stichting A' },
    stateText: { nl: 'opgeleverd', en: 'delivered' },
    documents: [{ name: 'Offerte', reference: { kind: 'url', url: 'https://zaak.example/1' } }],
  });
  expect(dossier.steps[6]).toMatchObject({
    number: 7,
    author: { kind: 'person', id: 'operator-token' },
    reason: 'bericht van Delta',
    text: { en: expect.stringContaining('Delivered') },
  });
  expect(dossier.possible).not.toContain('delivered');
  const read = await call(operator, path);
  expect(read.json).toEqual(done.json);
});

test('an offer shows what a scheme would give, and why not today', async () => {
  await wanting();
  const joint = { ...OFFER, jointWith: ['00AP00'] };
  const { json } = await call(operator, `${path}/offers`, {
    version: 3,
    reason: 'r',
    offer: joint,
  });
  const { estimate } = dossierViewSchema.parse(json).offers[0] ?? {};
  expect(estimate).toMatchObject({
    schemeId: 'toekomstvast-internet-2017',
    readingId: 'literal',
    qualifies: 'no',
    amountCents: 0,
    calculatedCents: 960_000,
  });
  expect(estimate?.text.conditions.map(({ en }) => en)).toEqual([
    expect.stringContaining('open from 1 September 2017 to 31 October 2019'),
    expect.stringContaining('what kind of line 2 locations have now'),
  ]);
  expect(estimate?.text.steps).toHaveLength(4);

  // What is said of the lines decides it.
  const kinds = { '16SW03': 'copper', '00AP00': 'cable' } as const;
  for (const [id, kind] of Object.entries(kinds)) {
    const [line] = await at.registry.lines(id);
    await at.registry.changeLine(line?.id ?? '', { kind });
  }
  const again = dossierViewSchema.parse((await call(operator, path)).json).offers[0];
  expect(again?.estimate?.text.conditions.map(({ en }) => en)).toEqual([
    expect.stringContaining('open from'),
    'The scheme is for a present line of copper (ADSL, VDSL).',
  ]);
});

describe('who may', () => {
  test('a board sees and comments on its own, and on no other', async () => {
    const own = await board(['41234']);
    const list = dossierListSchema.parse((await call(own, '/dossiers')).json);
    expect(list.dossiers.map(({ locationId }) => locationId)).toEqual(['16SW03']);
    expect((await call(own, '/dossiers?boardId=40505')).json.dossiers).toEqual([]);
    expect((await call(own, '/dossiers/00AP00')).status).toBe(404);
    expect((await call(own, '/dossiers/00AP00/notes', { text: 'x' })).status).toBe(404);
    const noted = await call(own, `${path}/notes`, { text: 'Wij gaan verhuizen' });
    expect(noted.json.steps[1]).toMatchObject({
      author: { kind: 'person', name: 'Iemand' },
      reason: 'Wij gaan verhuizen',
      event: { kind: 'noted' },
    });
    const bodies: Record<string, object> = {
      steps: step(2, { kind: 'set_aside' }),
      offers: { version: 2, reason: 'r', offer: OFFER },
      documents: {
        reason: 'r',
        document: { name: 'n', reference: { kind: 'file_number', fileNumber: '1' } },
      },
      invitations: { version: 2, reason: 'r' },
    };
    for (const [door, body] of Object.entries(bodies)) {
      const reply = await call(own, `${path}/${door}`, body);
      expect([door, reply.status, reply.json.error.code]).toEqual([door, 403, 'not_allowed']);
    }
    expect((await call(own, path)).json.version).toBe(2);
  });

  test('an operator of one board acts there alone; a stranger sees nothing', async () => {
    const limited = await board(['40505'], 'operator');
    expect((await call(limited, `${path}/steps`, step(1, { kind: 'set_aside' }))).status).toBe(404);
    const there = '/dossiers/00AP00/steps';
    expect(
      (await call(limited, there, step(1, { kind: 'set_aside' }))).json.setAside,
    ).not.toBeNull();
    for (const door of ['/dossiers', path, '/subsidies/schemes']) {
      expect((await call({}, door)).status).toBe(401);
    }
    expect((await call({}, `${path}/notes`, { text: 'x' })).status).toBe(401);
  });

  test('whom a school’s link was sent to is for those who may act', async () => {
    await call(operator, `${path}/invitations`, {
      version: 1,
      reason: 'r',
      email: 'school@example.nl',
    });
    expect((await call(operator, path)).json.invitations).toMatchObject([
      { email: 'school@example.nl' },
    ]);
    expect((await call(await board(['41234']), path)).json.invitations).toEqual([]);
  });
});

describe('what is refused', () => {
  test('a step on another version, and one that cannot follow, say what to do', async () => {
    await call(operator, `${path}/notes`, { text: 'eerst' });
    const stale = await call(operator, `${path}/steps`, step(1, { kind: 'set_aside' }));
    expect([stale.status, stale.json.error.message]).toEqual([
      409,
      expect.stringMatching(/version 2, not 1/),
    ]);
    const wrong = await call(operator, `${path}/steps`, step(2, { kind: 'delivered' }));
    expect(wrong.status).toBe(409);
    expect(wrong.json.error.message).toMatch(
      /is signalled, where delivered cannot follow; possible: .*asked/,
    );
  });

  test('nobody opens, closes or measures by hand', async () => {
    const verdict = {
      outcome: 'meets',
      since: '2026-01-01T00:00:00Z',
      evidenceFrom: '2026-01-01T00:00:00Z',
      normVersion: '1',
    };
    for (const event of [
      { kind: 'opened', verdict },
      { kind: 'measured', verdict },
      { kind: 'closed' },
      { kind: 'asked', channel: 'mail', answerBy: '2026-12-01T00:00:00Z' },
      { kind: 'noted' },
      { kind: 'delivered', extra: 1 },
      answered({ view: 'suffices' }),
    ]) {
      const reply = await call(operator, `${path}/steps`, step(1, event));
      expect([event.kind, reply.status]).toEqual([event.kind, 400]);
    }
    expect((await call(operator, path)).json.version).toBe(1);
  });

  test('a joint offer with itself, one twice, or a stranger; a document without a place', async () => {
    await wanting();
    for (const jointWith of [['16SW03'], ['00AP00', '00AP00'], ['99ZZ99']]) {
      const reply = await call(operator, `${path}/offers`, {
        version: 3,
        reason: 'r',
        offer: { ...OFFER, jointWith },
      });
      expect([jointWith, reply.status]).toEqual([jointWith, 400]);
    }
    for (const reference of [
      { kind: 'url', url: 'file:///etc/passwd' },
      { kind: 'url', url: 'javascript:alert(1)' },
      {},
    ]) {
      const reply = await call(operator, `${path}/documents`, {
        reason: 'r',
        document: { name: 'n', reference },
      });
      expect(reply.status).toBe(400);
    }
    expect((await call(operator, '/dossiers/16SW99/notes', { text: 'x' })).status).toBe(404);
    expect((await call(operator, `${path}/notes`, { text: ' ' })).status).toBe(400);
  });
});

test('the list narrows by state and says what is due', async () => {
  await call(
    operator,
    `${path}/steps`,
    step(1, { kind: 'set_aside', until: '2026-05-01' }, 'verhuist'),
  );
  await call(operator, `${path}/steps`, step(2, { kind: 'resumed' }));
  await wanting().catch(() => {});
  const { json } = await call(operator, '/dossiers?state=signalled');
  const list = dossierListSchema.parse(json).dossiers;
  expect(list.map(({ locationId, dueAt }) => [locationId, dueAt])).toEqual([
    ['00AP00', '2026-03-16T08:00:00.000Z'],
    ['16SW03', '2026-03-16T08:00:00.000Z'],
  ]);
  expect((await call(operator, '/dossiers?state=nergens')).status).toBe(400);
});

test('notes of many at once are all kept', async () => {
  const replies = await Promise.all(
    Array.from({ length: 4 }, (_, n) => call(operator, `${path}/notes`, { text: `noot ${n}` })),
  );
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await call(operator, path)).json.version).toBe(5);
});

test('subsidies: the schemes, and an estimate to the euro in both readings', async () => {
  const { json } = await call(operator, '/subsidies/schemes');
  expect(json).toMatchObject({ openNow: null, schemes: [{ id: 'toekomstvast-internet-2017' }] });
  const application = {
    ...{ on: '2018-05-01', costCents: 4_000_000, presentKinds: ['copper'], newKind: 'fibre' },
    ...{ downloadMbps: 500, uploadMbps: 100 },
  };
  const ask = (body: object) => call(operator, '/subsidies/estimates', { application, ...body });
  expect((await ask({})).json).toMatchObject({ qualifies: 'yes', amountCents: 2_000_000 });
  expect((await ask({ readingId: 'po-raad' })).json).toMatchObject({ amountCents: 2_125_000 });
  expect((await ask({ readingId: 'x' })).status).toBe(400);
  expect((await ask({ schemeId: 'x' })).json.error.message).toMatch(
    /known are toekomstvast-internet-2017/,
  );
});
