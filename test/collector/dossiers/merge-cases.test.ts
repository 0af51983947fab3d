// Two cases that become one: any two courses, and what no merger may do.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkEvent, possibleEvents } from '#collector/dossiers/check-event.ts';
import { dossierOf, withStep } from '#collector/dossiers/dossier.ts';
import { caseFactsOf, mergedCase } from '#collector/dossiers/merge-cases.ts';
import { type Dossier, type DossierEvent, dossierSchema } from '#shared/model/dossier.ts';

const START = Date.parse('2026-03-02T08:00:00Z');
const HOUR_MS = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

function stepped(dossier: Dossier, event: DossierEvent): Dossier {
  const number = dossier.version + 1;
  const at = iso(START + number * HOUR_MS);
  return withStep(dossier, { number, at, author: { kind: 'command_line' }, reason: 'r', event });
}

const meets = (number: number): DossierEvent => {
  const since = iso(START + (number + 1) * HOUR_MS - 1);
  return { kind: 'measured', verdict: { outcome: 'meets', since, evidenceFrom: since } };
};
const offer = (id: string): DossierEvent => ({
  kind: 'offer_added',
  offer: {
    ...{ id, provider: 'P', kind: 'fibre', oneOffCents: 1, monthlyCents: 1, months: 1 },
    ...{ downloadMbps: 500, uploadMbps: 40, validUntil: '2030-01-01', jointWith: [] },
  },
});
/** What can be tried; the walk takes what the rules let through. */
const pool = (name: string, number: number): DossierEvent[] => [
  { kind: 'asked', channel: 'telephone', answerBy: iso(START) },
  { kind: 'answered', answer: { view: { view: 'wants_better' } } },
  { kind: 'answered', answer: { view: { view: 'suffices', why: 'satisfied' } } },
  offer(`${name}${number}`),
  offer('joint'),
  { kind: 'maatwerk_started' },
  { kind: 'solution_chosen', solution: 'fibre_dig' },
  { kind: 'ordered', offerId: 'joint' },
  { kind: 'delivered' },
  meets(number),
  { kind: 'set_aside' },
  { kind: 'resumed' },
  {
    kind: 'document_added',
    document: { id: `${name}${number}`, name, reference: { kind: 'file_number', fileNumber: '1' } },
  },
];

function walk(name: string, choices: readonly number[]): Dossier {
  const verdict = { outcome: 'below', since: iso(START), evidenceFrom: iso(START) } as const;
  const opened = { kind: 'opened', verdict } as const;
  const author = { kind: 'measurement' } as const;
  let dossier = dossierOf(name, [
    { number: 1, at: iso(START), author, reason: 'r', event: opened },
  ]);
  for (const choice of choices) {
    const legal = pool(name, dossier.version).filter((event) => {
      try {
        checkEvent(dossier, event, '2026-03-02');
        return true;
      } catch {
        return false;
      }
    });
    // Towards the end of a case, mostly.
    const moves = legal.filter((event) => stepped(dossier, event).state !== dossier.state);
    const from = moves.length > 0 && choice % 4 > 0 ? moves : legal;
    const event = from[choice % from.length];
    if (event !== undefined) dossier = stepped(dossier, event);
  }
  return dossier;
}

const course = fc.array(fc.nat(99), { maxLength: 25, size: 'max' });

test('an open case is never lost to a closed one, nor an offer or a document to a merger', () => {
  const states = new Set<string>();
  fc.assert(
    fc.property(course, course, (a, b) => {
      const own = walk('16SW04', a);
      const other = walk('16SW03', b);
      const from = other.locationId;
      const event = { kind: 'merged', from, dossier: caseFactsOf(other) } as const;
      const after = stepped(own, event);
      states.add(`${own.state} ${other.state}`);
      const both = [own, other];
      if (both.some(({ state }) => state !== 'closed')) expect(after.state).not.toBe('closed');
      if (both.some(({ state, setAside }) => state !== 'closed' && setAside === null)) {
        expect(after.setAside).toBeNull();
      }
      expect([own.state, other.state, 'offer']).toContain(after.state);
      for (const { documents } of both) {
        for (const document of documents) expect(after.documents).toContainEqual(document);
      }
      const ids = after.offers.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      if (['wants_better', 'offer', 'maatwerk', 'ordered', 'delivered'].includes(after.state)) {
        for (const { state, offers } of both) {
          if (state !== 'closed')
            expect(ids).toEqual(expect.arrayContaining(offers.map(({ id }) => id)));
        }
      }
      if (after.order?.offerId != null) expect(ids).toContain(after.order.offerId);
      expect(after.state === 'wants_better' && ids.length > 0).toBe(false);
      expect(possibleEvents(after)).toContain('noted');
      expect(possibleEvents(after)).not.toContain('merged');
      expect(dossierSchema.parse(after)).toEqual(after);
      expect(dossierOf(own.locationId, JSON.parse(JSON.stringify(after.steps)))).toEqual(after);
    }),
    { numRuns: 400, seed: 3 },
  );
  // From all over the course of a case.
  expect(states.size).toBeGreaterThan(30);
});

test('of two that are alike the location’s own goes on, and its question keeps its number', () => {
  const asked = walk('16SW04', []);
  const own = stepped(asked, { kind: 'asked', channel: 'telephone', answerBy: iso(START) });
  expect(mergedCase(own, { ...own, since: iso(START) }, 9)).toEqual(caseFactsOf(own));
  const further = stepped(own, { kind: 'answered', answer: { view: { view: 'wants_better' } } });
  expect(mergedCase(own, further, 9)).toMatchObject({ state: 'wants_better', asked: { step: 9 } });
});
