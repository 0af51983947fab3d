// The pure core: what becomes an incident, what is one with others, and what ends it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Notice } from '#collector/alerts/alert-store.ts';
import { populationOf } from '#collector/alerts/bursts.ts';
import { conditionsOf } from '#collector/alerts/conditions.ts';
import { type BelowTest, confirmBelow } from '#collector/alerts/confirm-below.ts';
import { dueAt } from '#collector/alerts/due.ts';
import { elsewhereOf } from '#collector/alerts/elsewhere.ts';
import type { AlertFacts, LevelFact, Place, StandingFact } from '#collector/alerts/facts.ts';
import { incidentText } from '#collector/alerts/incident-texts.ts';
import { noticeOf } from '#collector/alerts/notices.ts';
import { reconcile } from '#collector/alerts/reconcile.ts';
import type { Condition, Incident, Recipient } from '#shared/model/incident.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const T0 = Date.parse('2026-03-02T08:00:00Z');

const place = (n: number, provider = 'KPN', municipality = `M${n}`): Place => ({
  ...{ id: `L${String(n).padStart(3, '0')}`, municipality, province: 'Utrecht' },
  ...{ providers: [provider], isMeasured: true },
});
const facts = (change: Partial<AlertFacts>): AlertFacts => ({
  ...{
    places: [],
    standing: [],
    turning: [],
    levels: [],
    contacts: [],
    faults: [],
    listeningSince: 0,
  },
  ...{ servers: [{ url: 'http://one' }], ...change },
});
const fails = (...servers: string[]): BelowTest[] =>
  servers.map((server, n) => ({
    id: `${n}`,
    deviceId: 'd',
    startedAt: T0 + n,
    server,
    isFail: true,
  }));
const below = (locationId: string, since = T0): StandingFact => ({
  ...{ locationId, since, outcome: 'below', by: 'verdict' },
  tests: [fails('http://one', 'http://one', 'http://one')],
});

/** Looks again and again, as the service does. */
function looks(places: readonly Place[], steps: readonly (readonly StandingFact[])[]) {
  let all = new Map<string, Incident>();
  steps.forEach((standing, step) => {
    const open = [...all.values()].filter(({ closedAt }) => closedAt === null);
    const now = T0 + 3 * DAY_MS + step * 300_000;
    const lasting = new Map(
      open.flatMap(({ kind, members }) =>
        members
          .filter(({ endedAt }) => endedAt === null)
          .map((member): [string, Condition] => [member.key, { ...member, kind }]),
      ),
    );
    const conditions = conditionsOf(facts({ places, standing }), now, lasting);
    const changed = reconcile(open, conditions, populationOf(places), now);
    all = new Map([...all, ...changed.map((each) => [each.id, each] as const)]);
  });
  return [...all.values()];
}

const openOf = (incidents: readonly Incident[]) =>
  incidents
    .filter(({ closedAt }) => closedAt === null)
    .map(({ members, cause }) => [cause?.kind, cause?.name, members.map(({ key }) => key)])
    .sort();

describe('confirmation', () => {
  const on = (serverCount: number, stoodMs = 2 * DAY_MS) => ({ serverCount, stoodMs });

  test('three of the newest five, one of them elsewhere where there is an elsewhere', () => {
    expect(confirmBelow([fails('a', 'a')], on(1))).toEqual({ state: 'waiting', for: 'tests' });
    expect(confirmBelow([fails('a', 'a', 'a')], on(1))).toMatchObject({
      ...{ state: 'confirmed', secondServer: 'not_possible', failed: 3, of: 3 },
    });
    expect(confirmBelow([fails('a', 'a', 'a')], on(2))).toEqual({
      ...{ state: 'waiting', for: 'second_server', servers: ['a'] },
    });
    expect(confirmBelow([fails('b', 'a', 'a', 'a', 'a', 'a')], on(2))).toMatchObject({
      ...{ state: 'confirmed', secondServer: 'agrees', servers: ['a', 'b'] },
    });
    const old = fails('a', 'a', 'a', 'a', 'a').map((each, n) => ({ ...each, isFail: n < 3 }));
    expect(confirmBelow([old], on(1))).toMatchObject({ state: 'confirmed', failed: 3, of: 5 });
    const better = old.map((each, n) => ({ ...each, isFail: n < 2 }));
    expect(confirmBelow([better], on(1)).state).toBe('waiting');
  });

  test('a pass on the other server disagrees', () => {
    const other = { id: 'x', deviceId: 'd', startedAt: T0 - 1, server: 'b', isFail: false };
    for (const days of [2, 30]) {
      expect(confirmBelow([[...fails('a', 'a', 'a'), other]], on(2, days * DAY_MS))).toEqual({
        ...{ state: 'waiting', for: 'second_server', servers: ['a'] },
      });
    }
  });

  test('a server that the line cannot reach is waited for a week, one that is lost a day', () => {
    const tests = [fails('http://one', 'http://one', 'http://one')];
    expect(confirmBelow(tests, on(2, 7 * DAY_MS - 1)).state).toBe('waiting');
    expect(confirmBelow(tests, on(2, 7 * DAY_MS))).toMatchObject({
      ...{ state: 'confirmed', secondServer: 'not_possible' },
    });
    const found = (awayMs: number) =>
      conditionsOf(
        facts({
          ...{ places: [place(1)], standing: [below('L001')] },
          servers: [{ url: 'http://one' }, { url: 'http://two', awaySince: T0 - awayMs }],
        }),
        T0,
      ).filter(({ kind }) => kind === 'below');
    expect(found(DAY_MS - 1)).toEqual([]);
    expect(found(DAY_MS)).toHaveLength(1);
  });

  test('devices whose fails were all on one server are sent to another, before it stands too', () => {
    const two = [{ url: 'http://one' }, { url: 'http://two' }];
    const sent = (change: Partial<AlertFacts>) => [...elsewhereOf(facts(change), T0)];
    const turning = [{ locationId: 'L001', since: T0, tests: below('L001').tests ?? [] }];
    expect(sent({ turning, servers: two })).toEqual([['d', ['http://one']]]);
    expect(sent({ standing: [below('L001')], servers: two })).toEqual([['d', ['http://one']]]);
    expect(sent({ turning, servers: two.slice(0, 1) })).toEqual([]);
    const agreed = [fails('http://one', 'http://two', 'http://one')];
    expect(
      sent({ turning: [{ locationId: 'L001', since: T0, tests: agreed }], servers: two }),
    ).toEqual([]);
  });
});

describe('incidents', () => {
  const places = [1, 2, 3, 4, 5, 6].map((n) => place(n, n <= 4 ? 'KPN' : 'Ziggo'));

  test('few alone, many of one provider as one, with those that were alone before', () => {
    const [one, two, three] = places.slice(0, 3).map(({ id }) => below(id));
    if (!one || !two || !three) throw new Error('no places');
    const two_ = looks(places, [[one], [one, two]]);
    expect(openOf(two_)).toHaveLength(2);
    const all = looks(places, [[one], [one, two], [one, two, three]]);
    expect(openOf(all)).toEqual([['provider', 'KPN', ['below:L001', 'below:L002', 'below:L003']]]);
    expect(all.filter(({ mergedInto }) => mergedInto !== null)).toHaveLength(1);
    const [open] = all.filter(({ closedAt }) => closedAt === null);
    if (!open) throw new Error('none is open');
    expect(incidentText(open, open.members, (id) => id).nl).toBe(
      '3 locaties zijn samen onder de norm geraakt; gemeenschappelijk: aanbieder KPN (3 van 4 gemeten locaties)',
    );
  });

  test('whatever they have in common is named: server, provider, municipality, province, collector', () => {
    const at = (n: number, provider: string, municipality: string, province: string): Place => ({
      ...place(n, provider, municipality),
      province,
    });
    /** Of 30 measured locations the first few are below, failing on the server that each is said to. */
    const causeOf = (few: readonly Place[], serverOf = (n: number) => [`s${n}`, 'all']) => {
      const rest = Array.from({ length: 30 - few.length }, (_, n) =>
        at(100 + n, `P${n}`, `G${n}`, `Q${n % 10}`),
      );
      const standing = few.map(({ id }, n) => {
        const [one = '', two = one] = serverOf(n);
        return { ...below(id), tests: [fails(one, two, one)] };
      });
      const found = looks([...few, ...rest], [standing]).filter(({ closedAt }) => !closedAt);
      return found.map(({ cause, members }) => [cause?.kind, cause?.name, members.length]);
    };
    const some = (count: number, of: (n: number) => Place) =>
      Array.from({ length: count }, (_, n) => of(n));
    const differ = (n: number) => at(n, `A${n}`, `M${n}`, `V${n}`);
    expect(causeOf(some(3, (n) => at(n, 'KPN', `M${n}`, `V${n}`)))).toEqual([
      ['provider', 'KPN', 3],
    ]);
    expect(causeOf(some(3, (n) => at(n, `A${n}`, 'Dokkum', 'Fryslân')))).toEqual([
      ['municipality', 'Dokkum', 3],
    ]);
    expect(causeOf(some(3, (n) => at(n, `A${n}`, `M${n}`, 'Fryslân')))).toEqual([
      ['province', 'Fryslân', 3],
    ]);
    expect(causeOf(some(6, differ), () => ['http://one'])).toEqual([
      ['measure_server', 'http://one', 6],
    ]);
    expect(causeOf(some(6, differ))).toEqual([['collector', '', 6]]);
    expect(causeOf(some(4, differ))).toHaveLength(4);
  });

  test('three of a large provider are chance, and so are three days apart', () => {
    const large = Array.from({ length: 30 }, (_, n) => place(n));
    expect(openOf(looks(large, [large.slice(0, 3).map(({ id }) => below(id))]))).toHaveLength(3);
    const apart = places.slice(0, 3).map(({ id }, n) => below(id, T0 - n * 3 * DAY_MS));
    expect(openOf(looks(places, [apart]))).toHaveLength(3);
  });

  test('silence and too little evidence end nothing; a verdict on the line does', () => {
    const [{ id } = place(1)] = places;
    const said = (outcome: StandingFact['outcome']): StandingFact => ({
      ...{ locationId: id, outcome, since: T0, by: 'verdict' },
    });
    expect(openOf(looks(places, [[below(id)], [said('no_data')], [said('unfit')]]))).toHaveLength(
      1,
    );
    const over = looks(places, [[below(id)], [said('meets')]]);
    expect(openOf(over)).toEqual([]);
    expect(over).toHaveLength(1);
    const again = looks(places, [[below(id)], [said('meets')], [below(id)]]);
    expect(again.map(({ closedAt }) => closedAt === null).sort()).toEqual([false, true]);
  });

  test('whatever the order in which they are found, the same are one', () => {
    const drawn = fc.array(
      fc.record({
        n: fc.integer({ min: 0, max: 11 }),
        hours: fc.integer({ min: 0, max: 120 }),
      }),
      { maxLength: 12 },
    );
    const country = Array.from({ length: 12 }, (_, n) =>
      place(n, n % 3 === 0 ? 'KPN' : 'Ziggo', `M${n % 4}`),
    );
    const shuffled = drawn.chain((turns) => {
      const first = [...new Map(turns.map((turn) => [turn.n, turn])).values()];
      return fc.tuple(
        fc.constant(first),
        fc.shuffledSubarray(first, { minLength: first.length, maxLength: first.length }),
      );
    });
    fc.assert(
      fc.property(shuffled, ([turns, order]) => {
        const fact = ({ n, hours }: { n: number; hours: number }) =>
          below(place(n).id, T0 - hours * HOUR_MS);
        const atOnce = openOf(looks(country, [turns.map(fact)]));
        const oneByOne = order.map((_, step) => order.slice(0, step + 1).map(fact));
        expect(openOf(looks(country, oneByOne))).toEqual(atOnce);
        expect(openOf(looks(country, [order.map(fact)]))).toEqual(atOnce);
      }),
      { numRuns: 100 },
    );
  });
});

test('a change of level that was told is not told again because one more test made it less certain', () => {
  const id = place(1).id;
  const level: LevelFact = {
    ...{ locationId: id, lineId: 'x', lineName: 'hoofdlijn', direction: 'download' as const },
    ...{ at: T0 - DAY_MS, before: 530, after: 300 },
  };
  const of = (levels: readonly LevelFact[], now: number, open: readonly Condition[] = []) =>
    conditionsOf(
      facts({ places: [place(1)], levels: [...levels] }),
      now,
      new Map(open.map((condition) => [condition.key, condition])),
    );
  const told = of([level], T0);
  expect(told).toMatchObject([{ kind: 'level_fell', since: T0 - DAY_MS }]);
  expect(of([], T0 + HOUR_MS, told)).toEqual(told);
  const moved = { ...level, at: level.at + HOUR_MS, after: 310 };
  expect(of([moved], T0 + HOUR_MS, told)).toEqual(told);
  expect(of([], T0 + 14 * DAY_MS, told)).toEqual([]);
});

describe('silence', () => {
  const at = (now: number, heardAt: number, listeningSince = 0) =>
    conditionsOf(
      facts({
        ...{ places: [place(1)], listeningSince },
        contacts: [{ locationId: 'L001', lineId: 'x', lineName: 'hoofdlijn', heardAt }],
      }),
      now,
    )[0]?.detail.stage;

  test('is at risk after a week, gone after four, and nothing just after a start', () => {
    expect(at(T0, T0 - 7 * DAY_MS + 1)).toBeUndefined();
    expect(at(T0, T0 - 7 * DAY_MS)).toBe('at_risk');
    expect(at(T0, T0 - 28 * DAY_MS)).toBe('gone');
    expect(at(T0, T0 - 28 * DAY_MS, T0 - HOUR_MS + 1)).toBeUndefined();
  });
});

describe('who is told when', () => {
  const utc = (text: string) => Date.parse(text);

  test('digests at 8, on Mondays, in local time; never in quiet hours', () => {
    const due = (pace: Recipient['pace'], at: string, quiet: readonly [number, number] | null) =>
      new Date(
        dueAt(
          { pace, quietHours: quiet === null ? null : { fromHour: quiet[0], toHour: quiet[1] } },
          utc(at),
        ),
      ).toISOString();
    expect(due('at_once', '2026-03-02T08:00:00Z', null)).toBe('2026-03-02T08:02:00.000Z');
    expect(due('at_once', '2026-03-02T22:30:00Z', [22, 7])).toBe('2026-03-03T06:00:00.000Z');
    expect(due('at_once', '2026-06-30T22:30:00Z', [22, 7])).toBe('2026-07-01T05:00:00.000Z');
    // The night in which the clock goes forward.
    expect(due('at_once', '2026-03-28T23:30:00Z', [22, 7])).toBe('2026-03-29T05:00:00.000Z');
    expect(due('daily', '2026-03-02T08:00:00Z', null)).toBe('2026-03-03T07:00:00.000Z');
    expect(due('weekly', '2026-03-04T08:00:00Z', null)).toBe('2026-03-09T07:00:00.000Z');
    expect(due('daily', '2026-03-02T08:00:00Z', [6, 12])).toBe('2026-03-03T11:00:00.000Z');
  });

  test('once for each thing: opened, grown to twice, over', () => {
    const recipient: Recipient = {
      ...{ id: 'r', name: 'r', channel: { kind: 'mail', address: 'a@b.nl' }, boardIds: null },
      ...{ kinds: null, pace: 'at_once', quietHours: null, language: 'nl', createdAt: T0 },
    };
    const incident = (members: number, change: Partial<Incident> = {}): Incident => ({
      ...{ id: 'i', kind: 'below', openedAt: T0, updatedAt: T0, closedAt: null, mergedInto: null },
      members: Array.from({ length: members }, (_, n) => ({
        ...{ key: `${n}`, since: T0, locationId: `L${n}`, causes: [], detail: {} },
        ...{ joinedAt: T0, endedAt: null },
      })),
      ...{ acknowledgements: [], ...change },
    });
    const sees = (id: string | null) => id !== 'L0';
    const told = (of: Incident, last?: Notice) =>
      noticeOf(of, { recipient, sees }, last, T0 + HOUR_MS);
    expect(told(incident(1))).toBeUndefined();
    const first = told(incident(3));
    expect(first).toMatchObject({ event: 'opened', weight: 2 });
    expect(told(incident(4), first)).toBeUndefined();
    expect(told(incident(5), first)).toMatchObject({ event: 'updated', weight: 4 });
    const by = { id: 'p', name: 'P' };
    const acknowledgements = [{ at: '2026-03-02T09:00:00.000Z', by, boardIds: null }];
    expect(told(incident(5, { acknowledgements }), first)).toBeUndefined();
    // Who sees to it for his own boards does so for them alone.
    const ofOne = [{ at: '2026-03-02T09:00:00.000Z', by, boardIds: ['1'] }];
    const grown = incident(5, { acknowledgements: ofOne });
    const toldTo = (boardIds: readonly string[] | null) =>
      noticeOf(
        grown,
        { recipient: { ...recipient, boardIds: boardIds && [...boardIds] }, sees },
        first,
        T0 + HOUR_MS,
      );
    expect(toldTo(null)).toMatchObject({ event: 'updated' });
    expect(toldTo(['1', '2'])).toMatchObject({ event: 'updated' });
    expect(toldTo(['1'])).toBeUndefined();
    const over = incident(3, { closedAt: T0 + 1 });
    expect(told(over, first)).toMatchObject({ event: 'closed' });
    expect(told(over)).toBeUndefined();
    const afterMerge = { recipient, sees, isOpen: () => false };
    expect(noticeOf(over, afterMerge, first, T0 + HOUR_MS)).toBeUndefined();
    expect(told(incident(3, { ...over, mergedInto: 'j' }), first)).toBeUndefined();
    expect(told(incident(3, { openedAt: T0 - 1 }))).toBeUndefined();
  });
});
