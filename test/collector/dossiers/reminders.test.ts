import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_DEADLINES, deadlinesSetting, dueAt } from '#collector/dossiers/deadlines.ts';
import { remindersDue } from '#collector/dossiers/reminders.ts';
import { createLiveEvents } from '#collector/live.ts';
import type { Dossier, DossierState } from '#shared/model/dossier.ts';
import { belowSince, openDossier, testDossierParts } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-03-02T08:00:00Z');
const iso = (at: number) => new Date(at).toISOString();

function dossier(state: DossierState, change: Partial<Dossier> = {}): Dossier {
  return {
    ...{
      locationId: '16SW03',
      version: 5,
      round: 1,
      state,
      since: iso(START),
      openedAt: iso(START),
    },
    ...{ updatedAt: iso(START), setAside: null, verdict: belowSince(START), asked: null },
    ...{ answer: null, offers: [], solution: null, order: null, deliveredAt: null },
    ...{ documents: [], steps: [] },
    ...change,
  };
}
const asked = (days: number, channel: 'mail' | 'telephone' = 'mail') =>
  dossier('asked', {
    asked: { at: iso(START), step: 2, channel, answerBy: iso(START + days * DAY_MS) },
  });
const kindsAt = (one: Dossier, day: number) =>
  remindersDue(one, DEFAULT_DEADLINES, START + day * DAY_MS).map(({ kind }) => kind);

describe('deadlines', () => {
  test('are the state’s days, or what was agreed', () => {
    const due = (one: Dossier) => dueAt(one, DEFAULT_DEADLINES);
    expect(due(dossier('signalled'))).toBe(START + 14 * DAY_MS);
    expect(due(dossier('suffices'))).toBeUndefined();
    expect(due(asked(10))).toBe(START + 10 * DAY_MS);
    const order = { at: iso(START), offerId: null, deliveryBy: '2026-07-01' };
    expect(due(dossier('ordered', { order }))).toBe(Date.parse('2026-07-02T00:00:00Z'));
    expect(due(dossier('ordered', { order: { ...order, deliveryBy: null } }))).toBe(
      START + 184 * DAY_MS,
    );
    const author = { kind: 'command_line' } as const;
    const aside = { at: iso(START), author, reason: 'r', until: null };
    expect(due(dossier('signalled', { setAside: aside }))).toBeUndefined();
    expect(due(dossier('signalled', { setAside: { ...aside, until: '2026-05-01' } }))).toBe(
      Date.parse('2026-05-02'),
    );
  });

  test('an offer is decided on before the last one lapses', () => {
    const offer = (validUntil: string) => ({
      ...{ id: validUntil, provider: 'P', kind: 'fibre' as const, oneOffCents: 1, monthlyCents: 1 },
      ...{ months: 12, downloadMbps: 1, uploadMbps: 1, validUntil, jointWith: [] },
    });
    const offers = [offer('2026-03-05'), offer('2026-03-10')];
    expect(dueAt(dossier('offer', { offers }), DEFAULT_DEADLINES)).toBe(Date.parse('2026-03-11'));
    const late = dossier('offer', { offers: [offer('2027-01-01')] });
    expect(dueAt(late, DEFAULT_DEADLINES)).toBe(START + 30 * DAY_MS);
  });

  test('are a setting', () => {
    expect(deadlinesSetting().parse('asked=21, offer=-')).toEqual({
      ...DEFAULT_DEADLINES,
      asked: 21,
      offer: null,
    });
    for (const wrong of ['asked', 'asked=0', 'asked=x', 'besteld=3', '', 'asked=4000']) {
      const parsed = deadlinesSetting().safeParse(wrong);
      expect(parsed.error?.issues[0]?.message, wrong).toMatch(/STATE=DAYS.*wants_better/);
    }
  });
});

describe('reminders', () => {
  test('the school once in its last week, operators at the deadline and each fortnight', () => {
    expect(kindsAt(asked(28), 20.9)).toEqual([]);
    expect(kindsAt(asked(28), 21)).toEqual(['answer_soon']);
    expect(kindsAt(asked(28, 'telephone'), 21)).toEqual([]);
    expect(kindsAt(asked(28), 28)).toEqual(['overdue']);
    // Asked with a week to answer: the first mail is enough of a reminder.
    expect(kindsAt(asked(7), 3)).toEqual([]);
    expect(kindsAt(dossier('signalled'), 13)).toEqual([]);
    expect(kindsAt(dossier('signalled'), 14)).toEqual(['overdue']);
    expect(kindsAt(dossier('closed'), 9999)).toEqual([]);
    const author = { kind: 'command_line' } as const;
    const setAside = { at: iso(START), author, reason: 'r', until: '2026-03-20' };
    expect(kindsAt(dossier('signalled', { setAside }), 16)).toEqual([]);
    expect(kindsAt(dossier('signalled', { setAside }), 20)).toEqual(['set_aside_over']);
  });

  test('asked every day, each has its key once, and a fortnight lies between two of a kind', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.constantFrom(1, 2, 3), (days, every) => {
        const first = new Map<string, number>();
        for (let day = 0; day < 200; day += every) {
          for (const { key } of remindersDue(
            asked(days),
            DEFAULT_DEADLINES,
            START + day * DAY_MS,
          )) {
            if (!first.has(key)) first.set(key, day);
          }
        }
        const overdue = [...first].filter(([key]) => key.includes('overdue')).map(([, day]) => day);
        for (const [at, day] of overdue.entries()) {
          expect(day).toBeGreaterThanOrEqual(days);
          expect(day - (overdue[at - 1] ?? -99)).toBeGreaterThanOrEqual(14 - every);
        }
        expect([...first.keys()].filter((key) => key.includes('answer_soon')).length).toBeLessThan(
          2,
        );
      }),
    );
  });
});

test('the daily service writes one mail an operator and one a school, each once', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { registry } = open;
  const person = { name: 'B', role: 'operator', boardIds: null } as const;
  await registry.addPerson({ ...person, id: 'a', email: 'alles@example.nl' }, 'x');
  await registry.addPerson(
    { ...person, id: 'n', email: 'noord@example.nl', boardIds: ['40001'] },
    'x',
  );
  await registry.addPerson({ ...person, id: 'r', email: 'lezer@example.nl', role: 'reader' }, 'x');
  const { services, api } = await testDossierParts({ registry, events: createLiveEvents(), clock });
  for (const id of ['16SW03', '16SW04', '00AA00']) await openDossier(registry, id, clock.now());
  const act = { author: { kind: 'command_line' }, reason: 'r' } as const;
  const invited = await api.desk.invite({
    ...act,
    locationId: '16SW03',
    email: 'school@example.nl',
  });
  const [first] = await registry.outbox.waiting(clock.now(), 10);
  expect(first).toMatchObject({
    to: 'school@example.nl',
    subject: expect.stringContaining('De Peelschool'),
  });
  expect(first?.text).toContain(invited.link);
  await registry.outbox.sent(first?.id ?? '', clock.now());

  const stop = new AbortController();
  const service = services.find(({ name }) => name === 'dossier reminders');
  const running = service?.run(stop.signal, () => {});
  const days = async (count: number) => {
    for (let done = 0; done < count; done += 1) {
      await clock.advance(DAY_MS);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const taken = async () => {
    const mails = await registry.outbox.waiting(clock.now(), 100);
    for (const { id } of mails) await registry.outbox.sent(id, clock.now());
    return mails;
  };
  await days(13);
  expect(await taken()).toEqual([]);
  await days(2);
  const due = await taken();
  expect(due.map(({ to }) => to).sort()).toEqual(['alles@example.nl', 'noord@example.nl']);
  const [all, north] = ['alles@example.nl', 'noord@example.nl'].map(
    (to) => due.find((mail) => mail.to === to)?.text ?? '',
  );
  expect(all).toMatch(
    /16SW04 De Peelschool, bijgebouw: staat op “gesignaleerd”; de termijn liep tot 16 maart 2026/,
  );
  expect(all).toMatch(/00AA00 't Noorden: is at “signalled”; the deadline was 16 March 2026/);
  expect(north).not.toContain('16SW04');
  expect(all).not.toContain('16SW03');
  await days(7);
  const [reminder, ...others] = await taken();
  expect(others).toEqual([]);
  expect(reminder).toMatchObject({
    to: 'school@example.nl',
    subject: expect.stringMatching(/^Herinnering: /),
  });
  const link =
    /https:\/\/meetnet\.example\/survey\/([\w-]+)\n/.exec(reminder?.text ?? '')?.[1] ?? '';
  expect((await api.survey.open(link)).status).toBe('open');
  const firstToken = invited.link.split('/').at(-1) ?? '';
  expect((await api.survey.open(firstToken)).status).toBe('open');

  // A year after the links were made nothing is left of whom they were sent to.
  await days(366);
  const invitations = await registry.dossiers.invitations('16SW03');
  expect(invitations.map(({ email }) => email)).toEqual([null, null]);
  stop.abort();
  await running;
});
