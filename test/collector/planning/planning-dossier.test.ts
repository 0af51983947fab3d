// Which states a dossier's present round came to, from real steps through the real rules.
import { expect, test } from 'vitest';
import { dossierOf } from '#collector/dossiers/dossier.ts';
import { planningDossier } from '#collector/planning/planning-dossier.ts';
import type { DossierEvent, Offer } from '#shared/model/dossier.ts';
import { belowSince } from '#test/support/dossiers.ts';

const START = Date.parse('2019-03-01T09:00:00Z');
const HOUR_MS = 3_600_000;
const OFFER: Offer = {
  ...{ id: 'o1', provider: 'Glasgraver', kind: 'fibre', oneOffCents: 100, monthlyCents: 10 },
  ...{ months: 36, downloadMbps: 1000, uploadMbps: 1000, validUntil: '2019-06-30', jointWith: [] },
};
const asked: DossierEvent = {
  ...{ kind: 'asked', channel: 'mail', answerBy: '2019-04-01T00:00:00.000Z' },
};
const answered = (view: 'too_costly' | 'wants_better'): DossierEvent => ({
  kind: 'answered',
  answer: { view: view === 'too_costly' ? { view, cost: 'monthly' } : { view } },
});
const offered: DossierEvent = { kind: 'offer_added', offer: OFFER };
const ordered: DossierEvent = { kind: 'ordered', offerId: 'o1' };

/** An event an hour, after it was opened. */
function after(...events: readonly DossierEvent[]) {
  const opened: DossierEvent = { kind: 'opened', verdict: belowSince(START) };
  return planningDossier(
    dossierOf(
      '16SW03',
      [opened, ...events].map((event, at) => ({
        ...{ number: at + 1, at: new Date(START + at * HOUR_MS).toISOString(), event },
        ...{ author: { kind: 'command_line' as const }, reason: 'test' },
      })),
    ),
    (offer) => ({ ...offer, members: [{ locationId: '16SW03', presentKind: 'copper' }] }),
  );
}

test('a case by its offer, to the end', () => {
  expect(after()).toMatchObject({ state: 'signalled', since: START, reached: ['signalled'] });
  expect(
    after(asked, answered('wants_better'), offered, ordered, { kind: 'delivered' }),
  ).toMatchObject({
    state: 'delivered',
    since: START + 5 * HOUR_MS,
    reached: ['signalled', 'asked', 'wants_better', 'offer', 'ordered', 'delivered'],
    offers: [{ id: 'o1', oneOffCents: 100 }],
    order: { on: '2019-03-01', offerId: 'o1' },
  });
});

test('what was taken back was not reached', () => {
  const changed = after(asked, answered('wants_better'), answered('too_costly'));
  expect(changed.reached).toEqual(['signalled', 'asked', 'too_costly']);
  const fell = after(
    asked,
    answered('wants_better'),
    { kind: 'maatwerk_started' },
    { kind: 'solution_chosen', solution: 'fibre_dig' },
    { kind: 'ordered' },
    { kind: 'order_fell_through' },
  );
  expect(fell.state).toBe('maatwerk');
  expect(fell.reached).toEqual(['signalled', 'asked', 'wants_better', 'maatwerk']);
  expect(fell).not.toHaveProperty('order');
});

test('set aside it rests, and is set aside for planning', () => {
  const aside = after(asked, answered('wants_better'), { kind: 'set_aside' });
  expect(aside).toMatchObject({ state: 'set_aside', since: START + 3 * HOUR_MS });
  expect(aside.reached).toEqual(['signalled', 'asked', 'wants_better', 'set_aside']);
  expect(after(asked, { kind: 'set_aside' }, { kind: 'resumed' }).state).toBe('asked');
});

test('a new round begins without what the last one came to', () => {
  const measured = (outcome: 'meets' | 'below', hour: number): DossierEvent => ({
    kind: 'measured',
    verdict: {
      ...belowSince(START),
      outcome,
      since: new Date(START + hour * HOUR_MS).toISOString(),
    },
  });
  const again = after(
    ...[asked, answered('wants_better'), offered, ordered, { kind: 'delivered' } as const],
    ...[measured('meets', 5.5), measured('below', 6.5)],
  );
  expect(again).toMatchObject({ state: 'signalled', reached: ['signalled'], offers: [] });
});
