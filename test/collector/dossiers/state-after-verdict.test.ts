// When a closed dossier is opened again, over any course of verdicts and any minute of the hour at
// which they are looked at.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { standingVerdict } from '#collector/assessment/standing-verdict.ts';
import { dossierOf, withStep } from '#collector/dossiers/dossier.ts';
import { eventOfVerdict } from '#collector/dossiers/watch-verdicts.ts';
import type { Dossier, DossierEvent } from '#shared/model/dossier.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import type { Outcome, Verdict } from '#shared/model/verdict.ts';
import { belowSince, verdictAt } from '#test/support/dossiers.ts';
import { overruleOf } from '#test/support/overrules.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DELIVERED = Date.parse('2026-03-02T08:00:00Z');
const iso = (at: number) => new Date(at).toISOString();

function deliveredDossier(): Dossier {
  const at = iso(DELIVERED);
  const author = { kind: 'measurement' } as const;
  const opened = { kind: 'opened', verdict: belowSince(DELIVERED - 48 * HOUR_MS) } as const;
  const step = { number: 1, at, author, reason: 'r', event: opened };
  return (
    [
      { kind: 'asked', channel: 'telephone', answerBy: at },
      { kind: 'answered', answer: { view: { view: 'wants_better' } } },
      { kind: 'maatwerk_started' },
      { kind: 'solution_chosen', solution: 'satellite' },
      { kind: 'ordered' },
      { kind: 'delivered' },
    ] as const
  ).reduce((dossier, event) => added(dossier, event, DELIVERED), dossierOf('16SW03', [step]));
}

function added(dossier: Dossier, event: DossierEvent, at: number): Dossier {
  const author = { kind: 'measurement' } as const;
  return withStep(dossier, {
    ...{ number: dossier.version + 1, at: iso(at), author, reason: 'r', event },
  });
}

interface Course {
  /** Each so many minutes after the one before. */
  readonly verdicts: readonly (readonly [minutes: number, outcome: Outcome])[];
  /** Minutes after the delivery at which it is first looked; then each hour. */
  readonly phase: number;
  readonly overrules?: readonly Overrule[];
}

type Look = (
  dossier: Dossier,
  standing: ReturnType<typeof standingVerdict>,
  before: Dossier,
) => void;

function follow({ verdicts, phase, overrules = [] }: Course, look: Look): Dossier {
  let judged = DELIVERED;
  const history = verdicts.map(([minutes, outcome]): Verdict => {
    judged += minutes * MINUTE_MS;
    return verdictAt(judged, outcome);
  });
  let dossier = deliveredDossier();
  for (let now = DELIVERED + phase * MINUTE_MS; now < judged + 30 * HOUR_MS; now += HOUR_MS) {
    const known = history.filter(({ judgedAt }) => Date.parse(judgedAt) <= now);
    const standing = standingVerdict({ history: known, latest: known.at(-1), overrules }, now);
    const event = standing && eventOfVerdict(dossier, standing);
    const before = dossier;
    if (event !== undefined) dossier = added(dossier, event, now);
    look(dossier, standing, before);
  }
  return dossier;
}

const outcome = fc.constantFrom<Outcome>('meets', 'meets', 'below', 'intermittent', 'no_data');
/** Often little more than the day after which a verdict stands. */
const minutes = fc.oneof(
  fc.integer({ min: 1, max: 3000 }),
  fc.integer({ min: 24 * 60, max: 25 * 60 }),
);
const course = fc.record({
  verdicts: fc.array(fc.tuple(minutes, outcome), {
    ...{ minLength: 2, maxLength: 14 },
  }),
  phase: fc.integer({ min: 0, max: 59 }),
});

test('a `below` that began just before the hourly look that closed it reopens it a day later', () => {
  // Meets for a day and a quarter of an hour; it closes at the full hour, ten minutes into `below`.
  const verdicts = [
    [35, 'meets'],
    [24 * 60 + 15, 'below'],
  ] as const;
  const states: string[] = [];
  const end = follow({ verdicts, phase: 0 }, ({ state }) => void states.push(state));
  expect([...new Set(states)]).toEqual(['delivered', 'closed', 'signalled']);
  expect(end).toMatchObject({ state: 'signalled', round: 2 });
});

test('no dossier stays closed beside a `below` that stands, whenever the looks fall', () => {
  let began = 0;
  fc.assert(
    fc.property(course, (each) => {
      follow(each, (dossier, standing, before) => {
        if (standing?.outcome === 'below') expect(dossier.state).not.toBe('closed');
        const isReopened = before.state === 'closed' && dossier.state === 'signalled';
        if (!isReopened) return;
        expect(standing?.outcome).toBe('below');
        if (Date.parse(standing?.since ?? '') <= Date.parse(before.since)) began += 1;
      });
    }),
    { numRuns: 600, seed: 8 },
  );
  // The random courses met what the rule is for.
  expect(began).toBeGreaterThan(10);
});

test('nor does an overrule that ended in between keep it closed', () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 5000 }));
  fc.assert(
    fc.property(course, fc.array(span, { maxLength: 3 }), (each, spans) => {
      const overrules = spans.map(([from, minutes], at) => {
        const createdAt = DELIVERED + from * MINUTE_MS;
        const endsAt = iso(createdAt + minutes * MINUTE_MS);
        return overruleOf({ id: `o${at}`, outcome: 'meets', createdAt: iso(createdAt), endsAt });
      });
      follow({ ...each, overrules }, (dossier, standing) => {
        if (standing?.outcome === 'below') expect(dossier.state).not.toBe('closed');
      });
    }),
    { numRuns: 300, seed: 9 },
  );
});
