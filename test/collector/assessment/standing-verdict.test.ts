// What a location counts for: the settled verdict with its evidence, or an overrule. What settles is
// settled.test.ts's.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settledVerdict } from '#collector/assessment/settled.ts';
import { standingVerdict } from '#collector/assessment/standing-verdict.ts';
import { OUTCOMES } from '#shared/model/verdict.ts';
import { verdictAt } from '#test/support/dossiers.ts';
import { overruleOf } from '#test/support/overrules.ts';

const HOUR_MS = 3_600_000;
const START = Date.parse('2026-03-02T08:00:00Z');
const at = (hour: number) => START + hour * HOUR_MS;
const iso = (hour: number) => new Date(at(hour)).toISOString();

test('nothing stands of nothing, nor before 24 hours', () => {
  const none = { history: [], latest: undefined, overrules: [] };
  expect(standingVerdict(none, at(1))).toBeUndefined();
  const history = [verdictAt(at(0), 'below')];
  expect(standingVerdict({ ...none, history }, at(24) - 1)).toBeUndefined();
  expect(standingVerdict({ ...none, history }, at(24))?.outcome).toBe('below');
});

test('it rests on the evidence of the newest verdict, since its outcome began', () => {
  const history = [verdictAt(at(0), 'below'), verdictAt(at(24), 'below')];
  const latest = verdictAt(at(9 * 24), 'below');
  const said = { history, latest, overrules: [] };
  expect(standingVerdict(said, at(9 * 24))).toEqual({
    outcome: 'below',
    since: iso(0),
    evidenceFrom: latest.evidence.from,
    normVersion: latest.normVersion,
  });
});

test('what came back for an hour lends it no newer evidence', () => {
  const history = [
    verdictAt(at(0), 'meets'),
    verdictAt(at(50), 'below'),
    verdictAt(at(60), 'meets'),
  ];
  const said = { history, latest: verdictAt(at(61), 'meets'), overrules: [] };
  expect(standingVerdict(said, at(61))).toMatchObject({
    ...{ outcome: 'meets', since: iso(0), evidenceFrom: history[0]?.evidence.from },
  });
});

test('an overrule goes before it from its first moment to its last', () => {
  const latest = verdictAt(at(0), 'below');
  const overrule = overruleOf({ createdAt: iso(30), endsAt: iso(40) });
  const said = { history: [latest], latest, overrules: [overrule] };
  const measured = standingVerdict(said, at(30) - 1);
  expect(measured).toMatchObject({ outcome: 'below', since: iso(0) });
  const { id, reason, author, endsAt } = overrule;
  expect(standingVerdict(said, at(30))).toEqual({
    ...{ outcome: 'meets', since: iso(30), evidenceFrom: iso(30) },
    normVersion: latest.normVersion,
    overrule: { id, reason, author, endsAt },
  });
  expect(standingVerdict(said, at(40) - 1)?.outcome).toBe('meets');
  expect(standingVerdict(said, at(40))).toEqual(measured);
});

test('without an overrule it is what has settled, in whatever order it is told', () => {
  const history = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom(...OUTCOMES)), {
      maxLength: 8,
    })
    .map((steps) => {
      let hour = 0;
      return steps.map(([gap, outcome]) => {
        hour += gap;
        return verdictAt(at(hour), outcome);
      });
    });
  fc.assert(
    fc.property(history, fc.integer({ min: 0, max: 500 }), (given, hour) => {
      const latest = given.at(-1);
      const stands = standingVerdict({ history: given, latest, overrules: [] }, at(hour));
      const { settled, since } = settledVerdict(given, at(hour));
      expect(stands?.outcome).toBe(settled?.outcome);
      expect(stands?.since).toBe(since === undefined ? undefined : new Date(since).toISOString());
      const reversed = { history: given.toReversed(), latest, overrules: [] };
      expect(standingVerdict(reversed, at(hour))).toEqual(stands);
    }),
    { numRuns: 100 },
  );
});
