// The last day to answer that a school is told is whole, in Amsterdam, also when the clock changes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfLocalDay, localDay } from '#collector/dossiers/local-day.ts';
import { WORDS } from '#collector/dossiers/words.ts';
import { createLiveEvents } from '#collector/live.ts';
import { openDossier, testDossierParts } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';

const DAY_MS = 86_400_000;

test('a day ends at midnight in Amsterdam, in summer, in winter and in between', () => {
  const end = (at: string) => new Date(endOfLocalDay(Date.parse(at))).toISOString();
  expect(end('2026-03-02T09:00:00Z')).toBe('2026-03-02T23:00:00.000Z');
  expect(end('2026-07-01T22:00:00Z')).toBe('2026-07-02T22:00:00.000Z');
  expect(end('2026-03-28T23:30:00Z')).toBe('2026-03-29T22:00:00.000Z');
  expect(end('2026-10-24T22:00:00Z')).toBe('2026-10-25T23:00:00.000Z');
  const from = Date.parse('2020-01-01T00:00:00Z');
  fc.assert(
    fc.property(fc.integer({ min: from, max: from + 20 * 366 * DAY_MS }), (at) => {
      const after = endOfLocalDay(at);
      expect(after).toBeGreaterThan(at);
      expect(localDay(after - 1)).toBe(localDay(at));
      expect(localDay(after)).not.toBe(localDay(at));
      expect(WORDS.nl.lastDay(after)).toBe(WORDS.nl.date(new Date(at).toISOString()));
    }),
  );
});

test('the link works until the end of the day that the mail and the page name', async () => {
  // Half past ten in the evening; four weeks on, summer time has begun.
  const clock = new FakeClock(Date.parse('2026-03-02T21:30:00.000Z'));
  await using open = await openTestRegistry(clock);
  const { registry } = open;
  const { api } = await testDossierParts({ registry, events: createLiveEvents(), clock });
  await openDossier(registry, '16SW03', clock.now());
  const { link, expiresAt, dossier } = await api.desk.invite({
    ...{ locationId: '16SW03', author: { kind: 'command_line' }, reason: 'r' },
    email: 'directie@peelschool.nl',
  });
  expect(new Date(expiresAt).toISOString()).toBe('2026-03-30T22:00:00.000Z');
  expect(dossier.asked?.answerBy).toBe('2026-03-30T22:00:00.000Z');
  const [mail] = await registry.outbox.waiting(clock.now(), 1);
  expect(mail?.text).toContain('tot en met 30 maart 2026.');
  expect(mail?.text).toContain('up to and including 30 March 2026.');
  const token = link.split('/').at(-1) ?? '';
  clock.step(expiresAt - 1 - clock.now());
  expect((await api.survey.open(token)).status).toBe('open');
  clock.step(1);
  expect((await api.survey.open(token)).status).toBe('expired');
});
