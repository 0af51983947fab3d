// What the verdict that stands does to dossiers, over the real registry.
import { describe, expect, test } from 'vitest';
import type { Desk } from '#collector/dossiers/desk.ts';
import { eventText } from '#collector/dossiers/state-texts.ts';
import { createLiveEvents } from '#collector/live.ts';
import type { Registry } from '#collector/registry/registry.ts';
import type { Overrule } from '#shared/model/overrule.ts';
import { testDossierParts, verdictAt } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { overruleOf } from '#test/support/overrules.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
interface Watched extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly registry: Registry;
  readonly desk: Desk;
  readonly changed: readonly string[];
  hours(count: number): Promise<void>;
  stateOf(): Promise<string | undefined>;
}

async function watched(): Promise<Watched> {
  const clock = new FakeClock();
  const open = await openTestRegistry(clock);
  const { registry } = open;
  const events = createLiveEvents();
  const changed: string[] = [];
  events.subscribe((id) => void changed.push(id));
  const { services, api } = await testDossierParts({ registry, events, clock });
  const watch = services.find(({ name }) => name === 'dossier watch');
  const stop = new AbortController();
  const running = watch?.run(stop.signal, () => {});
  return {
    ...{ clock, registry, changed, desk: api.desk },
    hours: async (count) => {
      for (let done = 0; done < count; done += 1) {
        // It has looked when it sleeps again.
        while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
        await clock.advance(HOUR_MS);
        while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    stateOf: async () => (await registry.dossiers.dossier('16SW03'))?.state,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      await open[Symbol.asyncDispose]();
    },
  };
}

/** The steps by which a school wants better and has a new line in the end. */
async function deliver({ desk, clock }: Watched): Promise<void> {
  const act = { locationId: '16SW03', author: { kind: 'command_line' }, reason: 'r' } as const;
  const answerBy = new Date(clock.now() + DAY_MS).toISOString();
  await desk.act(act, { kind: 'asked', channel: 'telephone', answerBy });
  await desk.act(act, { kind: 'answered', answer: { view: { view: 'wants_better' } } });
  await desk.act(act, { kind: 'maatwerk_started' });
  await desk.act(act, { kind: 'solution_chosen', solution: 'satellite' });
  await desk.act(act, { kind: 'ordered' });
  await desk.act(act, { kind: 'delivered' });
}

const AUTHOR = overruleOf().author;

function overruled(at: number, outcome: Overrule['outcome'], days: number): Overrule {
  const iso = (ms: number) => new Date(ms).toISOString();
  const endsAt = iso(at + days * DAY_MS);
  return overruleOf({ id: `o ${at}`, outcome, createdAt: iso(at), endsAt });
}

test('the watch opens, closes and reopens by what stands, tells who listens, and says each thing once', async () => {
  await using at = await watched();
  const { registry, clock, hours, stateOf } = at;
  await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
  await registry.saveVerdict('00AA00', verdictAt(clock.now(), 'meets'));
  await hours(23);
  expect(await stateOf()).toBeUndefined();
  await hours(2);
  expect(await stateOf()).toBe('signalled');
  await hours(24);
  expect((await registry.dossiers.dossier('16SW03'))?.version).toBe(1);
  expect(await registry.dossiers.dossier('00AA00')).toBeUndefined();

  await deliver(at);
  await hours(48);
  expect(await stateOf()).toBe('delivered');
  await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'meets'));
  await hours(23);
  expect(await stateOf()).toBe('delivered');
  await hours(2);
  expect(await stateOf()).toBe('closed');
  await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
  await hours(26);
  const reopened = await registry.dossiers.dossier('16SW03');
  expect(reopened).toMatchObject({ state: 'signalled', round: 2 });
  expect(reopened?.steps.filter(({ author }) => author.kind === 'measurement')).toHaveLength(3);
  expect(at.changed.length).toBe(reopened?.version);
});

describe('an overrule that holds', () => {
  test('keeps a measured `below` from opening a dossier, until it ends', async () => {
    await using at = await watched();
    const { registry, clock, hours, stateOf } = at;
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
    await registry.addOverrule(overruled(clock.now(), 'meets', 3));
    await hours(71);
    expect(await stateOf()).toBeUndefined();
    await hours(2);
    expect(await stateOf()).toBe('signalled');
  });

  test('opens one, by who said it, also where nothing was ever measured', async () => {
    await using at = await watched();
    const { registry, clock, hours, stateOf } = at;
    const overrule = overruled(clock.now(), 'below', 2);
    await registry.addOverrule(overrule);
    await hours(1);
    expect(await stateOf()).toBe('signalled');
    const dossier = await registry.dossiers.dossier('16SW03');
    expect(dossier?.verdict).toEqual({
      ...{ outcome: 'below', since: overrule.createdAt, evidenceFrom: overrule.createdAt },
      overrule: {
        ...{ id: overrule.id, reason: overrule.reason, author: AUTHOR, endsAt: overrule.endsAt },
      },
    });
    const [step] = dossier?.steps ?? [];
    expect(step).toMatchObject({
      author: { kind: 'person', ...AUTHOR },
      reason: overrule.reason,
    });
    expect(step && eventText(step.event).en).toMatch(/Beheer overrules the measurements: below/);
    await hours(60);
    // It ended, and no measurement says anything else.
    expect((await registry.dossiers.dossier('16SW03'))?.version).toBe(1);
  });

  test('closes none: that a new line meets the norm is measured', async () => {
    await using at = await watched();
    const { registry, clock, hours, stateOf } = at;
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
    await hours(25);
    await deliver(at);
    await hours(1);
    await registry.addOverrule(overruled(clock.now(), 'meets', 3));
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'meets'));
    await hours(71);
    expect(await stateOf()).toBe('delivered');
    expect((await registry.dossiers.dossier('16SW03'))?.verdict.overrule).toBeDefined();
    await hours(2);
    expect(await stateOf()).toBe('closed');
    expect((await registry.dossiers.dossier('16SW03'))?.verdict.overrule).toBeUndefined();
  });

  test('reopens a closed one, and measurements do not while it says otherwise', async () => {
    await using at = await watched();
    const { registry, clock, hours, stateOf } = at;
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
    await hours(25);
    await deliver(at);
    await hours(1);
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'meets'));
    await hours(25);
    expect(await stateOf()).toBe('closed');
    const good = overruled(clock.now(), 'meets', 30);
    await registry.addOverrule(good);
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'below'));
    await hours(48);
    expect(await stateOf()).toBe('closed');
    await registry.saveVerdict('16SW03', verdictAt(clock.now(), 'meets'));
    await hours(25);
    const now = new Date(clock.now()).toISOString();
    await registry.withdrawOverrule('16SW03', good.id, { at: now, author: AUTHOR, reason: 'over' });
    await hours(2);
    expect(await stateOf()).toBe('closed');
    await registry.addOverrule(overruled(clock.now(), 'below', 30));
    await hours(1);
    expect(await stateOf()).toBe('signalled');
  });
});
