// The life of a dossier as a state machine: every path, and what no path can do.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALLOWED_IN, checkEvent, possibleEvents } from '#collector/dossiers/check-event.ts';
import { dossierOf, withStep } from '#collector/dossiers/dossier.ts';
import {
  DOSSIER_STATES,
  type Dossier,
  type DossierEvent,
  type DossierState,
  dossierSchema,
} from '#shared/model/dossier.ts';
import { OUTCOMES } from '#shared/model/verdict.ts';

const START = Date.parse('2026-03-02T08:00:00Z');
const DAY_MS = 86_400_000;
const iso = (at: number) => new Date(at).toISOString();
const day = (at: number) => iso(at).slice(0, 10);

const verdict = (outcome: (typeof OUTCOMES)[number], since: number, evidenceFrom: number) => ({
  outcome,
  ...{ since: iso(since), evidenceFrom: iso(evidenceFrom), normVersion: '1' },
});

/** A dossier and the day that it is; each event is a day later. */
class Case {
  dossier: Dossier;
  at = START;
  constructor() {
    const event = { kind: 'opened', verdict: verdict('below', START, START - DAY_MS) } as const;
    const author = { kind: 'measurement' } as const;
    this.dossier = dossierOf('16SW03', [
      { number: 1, at: iso(START), author, reason: 'below', event },
    ]);
  }
  add(event: DossierEvent): this {
    this.at += DAY_MS;
    checkEvent(this.dossier, event, day(this.at));
    this.dossier = this.after(event);
    return this;
  }
  /** As it would be, allowed or not. */
  after(event: DossierEvent): Dossier {
    const number = this.dossier.version + 1;
    const author = { kind: 'person', id: 'p', name: 'P' } as const;
    return withStep(this.dossier, { number, at: iso(this.at), author, reason: 'r', event });
  }
  refused(event: DossierEvent, laterMs = 0): string {
    try {
      checkEvent(this.dossier, event, day(this.at + laterMs));
    } catch (error) {
      return (error as Error).message;
    }
    return 'was not refused';
  }
  /** `meets` or `below` that began now, on evidence from now on. */
  measured(outcome: (typeof OUTCOMES)[number], since = this.at + 1, from = since): this {
    return this.add({ kind: 'measured', verdict: verdict(outcome, since, from) });
  }
}

const ask = (): DossierEvent => ({
  kind: 'asked',
  channel: 'mail',
  answerBy: iso(START + 30 * DAY_MS),
});
const answer = (view: 'suffices' | 'too_costly' | 'wants_better'): DossierEvent => ({
  kind: 'answered',
  answer: {
    view:
      view === 'suffices'
        ? { view, why: 'few_pupils' }
        : view === 'too_costly'
          ? { view, cost: 'monthly' }
          : { view },
  },
});
const offer = (id = 'a', validUntil = '2027-01-01'): DossierEvent => ({
  kind: 'offer_added',
  offer: {
    ...{ id, provider: 'KPN', kind: 'fibre', oneOffCents: 2_000_000, monthlyCents: 9000 },
    ...{ months: 36, downloadMbps: 1000, uploadMbps: 1000, validUntil, jointWith: [] },
  },
});
const wanting = () => new Case().add(ask()).add(answer('wants_better'));
const delivered = () =>
  wanting().add(offer()).add({ kind: 'ordered', offerId: 'a' }).add({ kind: 'delivered' });

describe('the paths of the domain', () => {
  test('by a regular offer to the end, closed by measurement', () => {
    const done = delivered();
    expect(done.dossier).toMatchObject({ state: 'delivered', deliveredAt: iso(done.at) });
    done.measured('meets');
    expect(done.dossier).toMatchObject({
      state: 'closed',
      round: 1,
      verdict: { outcome: 'meets' },
    });
    expect(dossierSchema.parse(done.dossier)).toEqual(done.dossier);
  });

  test.each(['suffices', 'too_costly'] as const)(
    '%s can change its mind, and be asked anew',
    (view) => {
      const one = new Case().add(ask()).add(answer(view));
      expect(one.dossier.state).toBe(view);
      expect(one.add(answer('wants_better')).dossier.state).toBe('wants_better');
      const other = new Case().add(ask()).add(answer(view)).add(ask());
      expect(other.dossier).toMatchObject({ state: 'asked', answer: null, asked: { step: 4 } });
    },
  );

  test('without a fitting offer: maatwerk, a chosen solution, an order without an offer', () => {
    const one = wanting().add(offer()).add({ kind: 'maatwerk_started' });
    expect(one.refused({ kind: 'ordered' })).toMatch(/no chosen solution/);
    one.add({ kind: 'solution_chosen', solution: 'fixed_wireless' });
    one.add({ kind: 'ordered', deliveryBy: '2026-09-01' });
    expect(one.dossier).toMatchObject({
      state: 'ordered',
      solution: 'fixed_wireless',
      order: { offerId: null, deliveryBy: '2026-09-01' },
    });
    expect(wanting().add({ kind: 'maatwerk_started' }).dossier.state).toBe('maatwerk');
  });

  test('the last offer that is withdrawn leaves the wish', () => {
    const one = wanting()
      .add(offer('a'))
      .add(offer('b'))
      .add({ kind: 'offer_withdrawn', offerId: 'a' });
    expect(one.dossier).toMatchObject({ state: 'offer', offers: [{ id: 'b' }] });
    one.add({ kind: 'offer_withdrawn', offerId: 'b' });
    expect(one.dossier).toMatchObject({ state: 'wants_better', offers: [] });
  });

  test('an order names an offer that is there and still valid', () => {
    const one = wanting().add(offer('a', day(START + 4 * DAY_MS)));
    expect(one.refused({ kind: 'ordered' })).toMatch(/which one was ordered/);
    expect(one.refused({ kind: 'ordered', offerId: 'x' })).toMatch(/no offer x/);
    expect(one.refused({ kind: 'ordered', offerId: 'a' })).toBe('was not refused');
    one.add({ kind: 'noted' }).add({ kind: 'noted' });
    expect(one.refused({ kind: 'ordered', offerId: 'a' })).toMatch(
      /valid until 2026-03-06; add the renewed/,
    );
  });

  test('an order that falls through leaves what there was beside it', () => {
    const alone = delivered().add({ kind: 'order_fell_through' });
    expect(alone.dossier).toMatchObject({ state: 'wants_better', order: null, deliveredAt: null });
    expect(alone.dossier.offers).toEqual([]);
    const two = wanting().add(offer('a')).add(offer('b')).add({ kind: 'ordered', offerId: 'a' });
    two.add({ kind: 'order_fell_through' });
    expect(two.dossier).toMatchObject({ state: 'offer', offers: [{ id: 'b' }] });
    const solution = { kind: 'solution_chosen', solution: 'mobile_5g' } as const;
    const tailored = wanting().add({ kind: 'maatwerk_started' }).add(solution);
    tailored.add({ kind: 'ordered' }).add({ kind: 'order_fell_through' });
    expect(tailored.dossier).toMatchObject({ state: 'maatwerk', solution: null });
  });
});

describe('what measurements do', () => {
  test('close nothing on evidence of the old line', () => {
    const one = delivered();
    const before = one.at - DAY_MS;
    expect(one.measured('meets', before, before - 28 * DAY_MS).dossier.state).toBe('delivered');
    // Met before the delivery, and all of the window is younger by now.
    expect(one.measured('meets', before, one.at).dossier.state).toBe('closed');
  });

  test.each(['intermittent', 'inconclusive', 'unfit', 'no_data'] as const)(
    'do not close by %s',
    (outcome) => {
      expect(delivered().measured(outcome).dossier.state).toBe('delivered');
    },
  );

  test('reopen: below after closing, or all of it after the delivery; a new round begins', () => {
    const closed = delivered().measured('meets');
    const old = closed.at - 10 * DAY_MS;
    expect(closed.measured('below', old, old).dossier.state).toBe('closed');
    closed.measured('below');
    expect(closed.dossier).toMatchObject({
      ...{ state: 'signalled', round: 2, asked: null, answer: null, offers: [], order: null },
    });
    const failed = delivered();
    expect(failed.measured('below', failed.at + 1, failed.at - DAY_MS).dossier.state).toBe(
      'delivered',
    );
    expect(failed.measured('below', failed.at, failed.at).dossier).toMatchObject({
      state: 'signalled',
      round: 2,
    });
  });

  test('meets before anything was delivered is noted and moves nothing', () => {
    const one = wanting().measured('meets');
    expect(one.dossier).toMatchObject({ state: 'wants_better', verdict: { outcome: 'meets' } });
  });
});

test('set aside: the state waits, measurements are noted and move nothing, until it is resumed', () => {
  const one = delivered().add({ kind: 'set_aside', until: '2026-12-01' });
  expect(one.dossier).toMatchObject({
    state: 'delivered',
    setAside: { reason: 'r', until: '2026-12-01' },
  });
  expect(one.measured('meets').dossier.state).toBe('delivered');
  expect(possibleEvents(one.dossier).sort()).toEqual([
    'document_added',
    'measured',
    'noted',
    'resumed',
  ]);
  expect(one.refused({ kind: 'order_fell_through' })).toMatch(
    /delivered and set aside.*possible: /,
  );
  one.add({ kind: 'resumed' });
  expect(one.dossier.setAside).toBeNull();
  expect(one.refused({ kind: 'resumed' })).toMatch(/cannot follow/);
  expect(
    one.measured('meets', one.dossier.verdict.since === '' ? 0 : one.at, one.at).dossier.state,
  ).toBe('closed');
});

/** What could be tried at `at`, legal or not. */
function pool(at: number): DossierEvent[] {
  const measured = OUTCOMES.flatMap((outcome) =>
    [-40, -1, 0].flatMap((since) =>
      [-60, 0].map((from): DossierEvent => {
        const said = verdict(outcome, at + since * DAY_MS + 1, at + from * DAY_MS + 1);
        return { kind: 'measured', verdict: said };
      }),
    ),
  );
  return [
    ...measured,
    ask(),
    answer('suffices'),
    answer('too_costly'),
    answer('wants_better'),
    offer('a'),
    offer('b', day(at + 3 * DAY_MS)),
    { kind: 'offer_withdrawn', offerId: 'a' },
    { kind: 'maatwerk_started' },
    { kind: 'solution_chosen', solution: 'fibre_dig' },
    { kind: 'ordered' },
    { kind: 'ordered', offerId: 'a' },
    { kind: 'ordered', offerId: 'b' },
    { kind: 'order_fell_through' },
    { kind: 'delivered' },
    { kind: 'set_aside' },
    { kind: 'resumed' },
    { kind: 'noted' },
  ];
}
/** Whether to make for another state, which kind of event, and which one of that kind. */
const choices = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat(99), fc.nat(99)), {
  ...{ minLength: 20, maxLength: 60, size: 'max' },
});
const PAST: Readonly<Partial<Record<DossierState, readonly DossierState[]>>> = {
  asked: ['signalled', 'suffices', 'too_costly'],
  suffices: ['asked', 'too_costly', 'wants_better'],
  too_costly: ['asked', 'suffices', 'wants_better'],
  wants_better: ['asked', 'suffices', 'too_costly', 'offer', 'ordered', 'delivered'],
  offer: ['wants_better', 'ordered', 'delivered'],
  maatwerk: ['wants_better', 'offer', 'ordered', 'delivered'],
  ordered: ['offer', 'maatwerk'],
  delivered: ['ordered'],
  closed: ['delivered'],
  signalled: ['delivered', 'closed'],
};

/** Takes a course by the choices, among what is not refused. Calls back at each step. */
function run(
  list: readonly (readonly [number, number, number])[],
  each: (before: Dossier, after: Dossier) => void,
): Case {
  const one = new Case();
  for (const [move, which, form] of list) {
    const before = one.dossier;
    const possible = possibleEvents(before);
    const legal = pool(one.at).filter(
      (event) => possible.includes(event.kind) && one.refused(event, DAY_MS) === 'was not refused',
    );
    const moves = legal.filter((event) => one.after(event).state !== before.state);
    const from = move > 0 && moves.length > 0 ? moves : legal;
    const kinds = [...new Set(from.map(({ kind }) => kind))];
    const forms = from.filter(({ kind }) => kind === kinds[which % kinds.length]);
    const event = forms[form % forms.length];
    if (event === undefined) throw new Error('a note is always possible');
    each(before, one.add(event).dossier);
  }
  return one;
}

describe('any course of events', () => {
  test('goes only along the edges of the domain', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(choices, (list) => {
        run(list, (before, after) => {
          if (before.state === after.state) return;
          seen.add(`${before.state} → ${after.state}`);
          expect(PAST[after.state], `${before.state} → ${after.state}`).toContain(before.state);
        });
      }),
      { numRuns: 300, seed: 4 },
    );
    // The random walk went everywhere.
    const edges = Object.entries(PAST).flatMap(([to, froms]) =>
      froms.filter((from) => from !== to).map((from) => `${from} → ${to}`),
    );
    expect([...seen].sort()).toEqual(edges.sort());
  });

  test('closes by a measurement that meets, after a delivery, and by nothing else', () => {
    let closed = 0;
    fc.assert(
      fc.property(choices, (list) => {
        run(list, (before, after) => {
          if (after.state !== 'closed' || before.state === 'closed') return;
          closed += 1;
          const last = after.steps.at(-1)?.event;
          expect(last).toMatchObject({ kind: 'measured', verdict: { outcome: 'meets' } });
          expect(before.state).toBe('delivered');
          expect(before.setAside).toBeNull();
        });
      }),
      { numRuns: 300, seed: 7 },
    );
    expect(closed).toBeGreaterThan(50);
  });

  test('is the same dossier however it is read: step by step or from what was kept', () => {
    fc.assert(
      fc.property(choices, (list) => {
        const { dossier } = run(list, (before, after) => {
          expect(after.version).toBe(before.version + 1);
          expect(after.steps.slice(0, -1)).toEqual(before.steps);
        });
        const kept = JSON.parse(JSON.stringify(dossier.steps));
        expect(dossierOf('16SW03', kept)).toEqual(dossier);
        expect(dossierSchema.parse(dossier)).toEqual(dossier);
      }),
    );
  });

  test('never leaves a dossier that nothing can move', () => {
    fc.assert(
      fc.property(choices, (list) => {
        const possible = possibleEvents(run(list, () => {}).dossier);
        expect(possible).toContain('noted');
        expect(possible).toContain('measured');
        expect(possible.includes('set_aside')).toBe(!possible.includes('resumed'));
      }),
    );
  });
});

test('every state can be reached, set aside and resumed', () => {
  const reached: Record<DossierState, Case> = {
    signalled: new Case(),
    asked: new Case().add(ask()),
    suffices: new Case().add(ask()).add(answer('suffices')),
    too_costly: new Case().add(ask()).add(answer('too_costly')),
    wants_better: wanting(),
    offer: wanting().add(offer()),
    maatwerk: wanting().add({ kind: 'maatwerk_started' }),
    ordered: wanting().add(offer()).add({ kind: 'ordered', offerId: 'a' }),
    delivered: delivered(),
    closed: delivered().measured('meets'),
  };
  for (const state of DOSSIER_STATES) {
    const one = reached[state];
    expect(one.dossier.state).toBe(state);
    one.add({ kind: 'set_aside' }).add({ kind: 'resumed' });
    expect(one.dossier).toMatchObject({ state, setAside: null });
    for (const kind of Object.keys(ALLOWED_IN) as DossierEvent['kind'][]) {
      const isAllowed = kind !== 'resumed' && ALLOWED_IN[kind].includes(state);
      expect(possibleEvents(one.dossier).includes(kind), `${kind} in ${state}`).toBe(isAllowed);
    }
  }
});
