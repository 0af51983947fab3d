// What stands of a history of verdicts, and what it does to dossiers over the real registry.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { standingVerdict } from '#collector/dossiers/standing-verdict.ts';
import { createLiveEvents } from '#collector/live.ts';
import { OUTCOMES, type Outcome } from '#shared/model/verdict.ts';
import { testDossierParts, verdictAt } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = Date.parse('2026-03-02T08:00:00Z');

const standsAt = (now: number, ...history: readonly (readonly [hour: number, Outcome])[]) =>
  standingVerdict(
    history.map(([hour, outcome]) => verdictAt(START + hour * HOUR_MS, outcome)),
    undefined,
    START + now * HOUR_MS,
  )?.outcome;

describe('a verdict stands', () => {
  test('from 24 hours on, not a millisecond before', () => {
    expect(standsAt(24 - 1 / HOUR_MS, [0, 'below'])).toBeUndefined();
    expect(standsAt(24, [0, 'below'])).toBe('below');
    expect(standsAt(1)).toBeUndefined();
  });

  test('through another norm with the same outcome, and until another one has stood', () => {
    expect(standsAt(30, [0, 'below'], [20, 'below'])).toBe('below');
    expect(standsAt(40, [0, 'meets'], [30, 'below'])).toBe('meets');
    expect(standsAt(54, [0, 'meets'], [30, 'below'])).toBe('below');
    expect(standsAt(60, [0, 'meets'], [30, 'below'], [40, 'meets'], [50, 'below'])).toBe('meets');
    expect(standsAt(20, [0, 'meets'], [5, 'below'], [10, 'meets'])).toBeUndefined();
  });

  test('with the evidence of the newest verdict, since its outcome began', () => {
    const history = [verdictAt(START, 'below'), verdictAt(START + DAY_MS, 'below')];
    const latest = verdictAt(START + 9 * DAY_MS, 'below');
    expect(standingVerdict(history, latest, START + 9 * DAY_MS)).toEqual({
      outcome: 'below',
      since: history[0]?.judgedAt,
      evidenceFrom: latest.evidence.from,
      normVersion: latest.normVersion,
    });
  });

  test('any history: it held for a day, and nothing later did', () => {
    const changes = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom(...OUTCOMES)),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(changes, fc.integer({ min: 0, max: 60 }), (steps, after) => {
        let hour = 0;
        const runs: { from: number; outcome: Outcome }[] = [];
        for (const [gap, outcome] of steps) {
          hour += gap;
          if (runs.at(-1)?.outcome !== outcome) runs.push({ from: hour, outcome });
        }
        const now = hour + after;
        const held = runs.filter(({ from }, at) => (runs[at + 1]?.from ?? now) - from >= 24);
        let at = 0;
        const history = steps.map(([gap, outcome]) => {
          at += gap;
          return [at, outcome] as const;
        });
        expect(standsAt(now, ...history)).toBe(held.at(-1)?.outcome);
      }),
    );
  });
});

describe('the watch', () => {
  test('opens, closes and reopens by what stands, tells who listens, and says each thing once', async () => {
    const clock = new FakeClock();
    await using open = await openTestRegistry(clock);
    const { registry } = open;
    const events = createLiveEvents();
    const changed: string[] = [];
    events.subscribe((id) => void changed.push(id));
    const { services, api } = await testDossierParts({ registry, events, clock });
    const watch = services.find(({ name }) => name === 'dossier watch');
    const stop = new AbortController();
    const running = watch?.run(stop.signal, () => {});
    const hour = async (count: number) => {
      for (let done = 0; done < count; done += 1) {
        await clock.advance(HOUR_MS);
        await settled();
      }
    };
    const stateOf = async () => (await registry.dossiers.dossier('16SW03'))?.state;

    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
    await registry.saveVerdict('00AA00', verdictAt(clock.now(), 'meets'));
    await hour(23);
    expect(await stateOf()).toBeUndefined();
    await hour(2);
    expect(await stateOf()).toBe('signalled');
    await hour(24);
    expect((await registry.dossiers.dossier('16SW03'))?.version).toBe(1);
    expect(await registry.dossiers.dossier('00AA00')).toBeUndefined();

    const act = { locationId: '16SW03', author: { kind: 'command_line' }, reason: 'r' } as const;
    const answerBy = new Date(clock.now() + DAY_MS).toISOString();
    await api.desk.act(act, { kind: 'asked', channel: 'telephone', answerBy });
    await api.desk.act(act, { kind: 'answered', answer: { view: { view: 'wants_better' } } });
    await api.desk.act(act, { kind: 'maatwerk_started' });
    await api.desk.act(act, { kind: 'solution_chosen', solution: 'satellite' });
    await api.desk.act(act, { kind: 'ordered' });
    await api.desk.act(act, { kind: 'delivered' });
    await hour(48);
    expect(await stateOf()).toBe('delivered');
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'meets'));
    await hour(23);
    expect(await stateOf()).toBe('delivered');
    await hour(2);
    expect(await stateOf()).toBe('closed');
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
    await hour(26);
    const reopened = await registry.dossiers.dossier('16SW03');
    expect(reopened).toMatchObject({ state: 'signalled', round: 2 });
    expect(reopened?.steps.filter(({ author }) => author.kind === 'measurement')).toHaveLength(3);
    expect(changed.length).toBe(reopened?.version);
    stop.abort();
    await running;
  });
});

/** The registry answers in turns of the real event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
