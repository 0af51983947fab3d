// The whole way over a real registry, series, mail server and webhook: a location turns below, and
// each recipient hears of it once; a shared cause is one mail; quiet hours gather; a survey's link
// arrives by the same sender.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alertParts } from '#collector/alert-parts.ts';
import type { Elsewhere } from '#collector/alerts/elsewhere.ts';
import type { ServerFact } from '#collector/alerts/facts.ts';
import { FactGatherer } from '#collector/alerts/gather-facts.ts';
import { sendWaiting } from '#collector/alerts/send/mail-sender.ts';
import { createMailTransport } from '#collector/alerts/send/mail-transport.ts';
import { lookOnce, tellOnce } from '#collector/alerts/watch-incidents.ts';
import { boardScope } from '#collector/api/access.ts';
import { readCollectorSettings } from '#collector/config/settings.ts';
import { createLiveEvents } from '#collector/live.ts';
import { openSqliteSeries } from '#collector/series/sqlite.ts';
import { createSlots } from '#collector/slots/slots.ts';
import { type RecipientFacts, recipientFactsSchema } from '#shared/model/incident.ts';
import type { Measurement } from '#shared/model/measurement.ts';
import { NORM_500_40 } from '#shared/model/norm.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { type MailServer, openMailServer } from '#test/support/alerts.ts';
import { openDossier, testDossierParts, verdictAt } from '#test/support/dossiers.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { directionResult, measurementAt } from '#test/support/measurements.ts';
import { eventually } from '#test/support/process.ts';
import { openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ONE = 'http://meet.example:8081';
const TWO = 'http://elsewhere.example:8081';
let server: MailServer;

beforeAll(async () => {
  server = await openMailServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

async function openChain(servers = [ONE]) {
  server.received.length = 0;
  // A Monday, 10 o'clock in the Netherlands.
  const clock = new FakeClock(Date.parse('2026-03-02T09:00:00.000Z'));
  const open = await openTestRegistry(clock);
  const series = await openSqliteSeries({ path: join(open.folder, 'series.db') });
  const { registry } = open;
  const events = createLiveEvents();
  const newId = () => randomUUID();
  const pagesUrl = () => 'https://meetnet.example';
  const serverFacts: ServerFact[] = servers.map((url) => ({ url }));
  const facts = new FactGatherer({
    ...{ registry, series, norm: NORM_500_40, listeningSince: 0 },
    servers: () => serverFacts,
  });
  let elsewhere: Elsewhere = new Map();
  const slots = createSlots({
    servers: () => servers.map((url) => ({ url, capacity: 4 })),
    avoid: (deviceId) => elsewhere.get(deviceId) ?? [],
    ...{ key: new Uint8Array(32), clock, random: { next: () => 0.5 }, newId, log: silentLog },
  });
  const watch = {
    onElsewhere: (now: Elsewhere) => {
      elsewhere = now;
    },
    ...{ registry, facts, scopeOf: boardScope, pagesUrl, newId, events, clock, log: silentLog },
  };
  const transport = createMailTransport({
    ...{ host: '127.0.0.1', port: server.port, security: 'none', from: 'meetnet@example.nl' },
  });
  const pass = async () => {
    await lookOnce(watch);
    await tellOnce(watch);
    await sendWaiting({
      ...{ outbox: registry.outbox, transport, clock },
      random: { next: () => 0.5 },
      log: silentLog,
    });
    const sent = await registry.alerts.deliveries(100);
    await server.count(sent.filter(({ status }) => status === 'sent').length);
  };
  const tell = (change: Partial<RecipientFacts>) =>
    registry.alerts.addRecipient({
      ...{ id: newId(), name: 'x', boardIds: null, kinds: null, pace: 'at_once' },
      ...{ quietHours: null, language: 'nl', createdAt: clock.now() },
      channel: { kind: 'mail', address: 'land@sivon.nl' },
      ...change,
    });
  /** A device, its failing tests of the last nights, and a verdict that has stood for a day. */
  const turnBelow = async (locationId: string) => {
    const code = newId();
    await registry.addEnrolmentCode(code, locationId, clock.now() + DAY_MS);
    const key = {
      publicKey: newId(),
      name: 'doos',
      position: 'in_path',
      agentVersion: '1',
    } as const;
    const device = await registry.enrol(code, { id: newId(), ...key }, clock.now());
    const tests = [1, 2, 3, 4].map((night) =>
      failingTest(device.id, locationId, clock.now() - night * DAY_MS),
    );
    await series.write(tests);
    await registry.saveVerdict(locationId, verdictAt(clock.now() - DAY_MS, 'below'));
    return device.id;
  };
  return {
    ...{
      serverFacts,
      slots,
      clock,
      registry,
      series,
      events,
      pass,
      tell,
      turnBelow,
      pagesUrl,
      newId,
    },
    [Symbol.asyncDispose]: async () => {
      await series[Symbol.asyncDispose]();
      await open[Symbol.asyncDispose]();
    },
  };
}

function failingTest(deviceId: string, locationId: string, startedAt: number, server = ONE) {
  const made: Measurement = measurementAt(deviceId, startedAt, { download: directionResult(120) });
  const conditions: Measurement['conditions'] = {
    ...made.conditions,
    server,
    position: 'in_path',
    crossTrafficState: 'quiet',
    crossTraffic: { beforeBytesPerS: 0, duringShare: 0 },
  };
  return { measurement: { ...made, conditions }, locationId, startedAt, receivedAt: startedAt };
}

const mailTo = (address: string) => server.received.filter(({ to }) => to.includes(address));

test('one mail to each who may see it, once; another when it is over', async () => {
  await using at = await openChain();
  await at.registry.addPerson(
    {
      ...{ id: 'peel', email: 'ict@depeel.nl', name: 'De Peel', role: 'reader' },
      boardIds: ['41234'],
    },
    'hash',
  );
  await at.tell({ channel: { kind: 'person', personId: 'peel' }, language: 'en' });
  await at.tell({});
  await at.tell({ channel: { kind: 'mail', address: 'noord@noord.nl' }, boardIds: ['40001'] });
  await at.turnBelow('16SW03');
  await at.pass();
  expect(server.received).toEqual([]);
  for (let minute = 0; minute < 30; minute += 5) {
    await at.clock.advance(5 * 60_000);
    await at.pass();
  }
  expect(server.received.map(({ to }) => to[0]).sort()).toEqual(['ict@depeel.nl', 'land@sivon.nl']);
  const [dutch] = mailTo('land@sivon.nl');
  expect(dutch?.subject).toBe('De Peelschool (16SW03) is onder de norm');
  expect(dutch?.text).toContain(
    '4 van de 4 nieuwste metingen op een rustige lijn haalden de norm niet',
  );
  expect(dutch?.text).toContain('bevestiging op een tweede was niet mogelijk');
  expect(dutch?.html).toContain('href="https://meetnet.example/incidents"');
  expect(mailTo('ict@depeel.nl')[0]?.subject).toBe('De Peelschool (16SW03) is below the norm');

  await at.registry.saveVerdict('16SW03', verdictAt(at.clock.now(), 'meets'));
  await at.pass();
  await at.clock.advance(DAY_MS);
  await at.pass();
  await at.clock.advance(HOUR_MS);
  await at.pass();
  expect(mailTo('land@sivon.nl').map(({ subject }) => subject)).toEqual([
    'De Peelschool (16SW03) is onder de norm',
    'De Peelschool (16SW03) is niet langer onder de norm',
  ]);
  expect(mailTo('noord@noord.nl')).toEqual([]);
});

test('with two measure servers its device is sent to the other, and people hear once that agrees', async () => {
  await using at = await openChain([ONE, TWO]);
  await at.tell({});
  const deviceId = await at.turnBelow('16SW03');
  const grant = () => {
    const answer = at.slots.request(deviceId);
    if (!('grant' in answer)) throw new Error(answer.reason);
    at.slots.release(deviceId, answer.grant.slotId);
    return answer.grant.server;
  };
  expect(grant()).toBe(ONE);
  await at.pass();
  expect(await at.registry.alerts.incidents({ status: 'all', limit: 10 })).toEqual([]);
  expect(grant()).toBe(TWO);
  await at.series.write([failingTest(deviceId, '16SW03', at.clock.now(), TWO)]);
  await at.clock.advance(5 * 60_000);
  await at.pass();
  expect(grant()).toBe(ONE);
  await at.clock.advance(5 * 60_000);
  await at.pass();
  expect(mailTo('land@sivon.nl').map(({ text }) => text)).toEqual([
    expect.stringContaining('haalden de norm niet, op 2 meetservers'),
  ]);
});

test('a shared cause is one incident and one mail, and what comes at night waits for the day', async () => {
  await using at = await openChain();
  await at.tell({});
  await at.tell({
    channel: { kind: 'mail', address: 'slaap@sivon.nl' },
    quietHours: { fromHour: 9, toHour: 18 },
  });
  await at.tell({ channel: { kind: 'mail', address: 'dag@sivon.nl' }, pace: 'daily' });
  for (const id of ['16SW03', '16SW04', '00AA00']) {
    const [line] = await at.registry.lines(id);
    await at.registry.changeLine(line?.id ?? '', { provider: 'KPN' });
    await at.turnBelow(id);
  }
  await at.pass();
  await at.clock.advance(HOUR_MS);
  await at.pass();
  const open = await at.registry.alerts.incidents({ status: 'open', limit: 10 });
  expect(open).toHaveLength(1);
  expect(open[0]?.members).toHaveLength(3);
  expect(mailTo('land@sivon.nl').map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/^3 locaties zijn samen onder de norm geraakt/),
  ]);
  expect(mailTo('slaap@sivon.nl')).toEqual([]);
  await at.clock.advance(7 * HOUR_MS + 1);
  await at.pass();
  expect(mailTo('slaap@sivon.nl')).toHaveLength(1);
  expect(mailTo('land@sivon.nl')).toHaveLength(1);
  expect(mailTo('dag@sivon.nl')).toEqual([]);
  // The digest has what came since too: all in one mail, at 8 o'clock.
  const lastError = 'connect_refused';
  at.serverFacts[0] = { url: ONE, awaySince: at.clock.now() - HOUR_MS, lastError };
  await at.pass();
  await at.clock.advance(13 * HOUR_MS + 59 * 60_000);
  await at.pass();
  expect(mailTo('land@sivon.nl')).toHaveLength(2);
  expect(mailTo('dag@sivon.nl')).toEqual([]);
  await at.clock.advance(60_000);
  await at.pass();
  const [digest, ...others] = mailTo('dag@sivon.nl');
  expect(others).toEqual([]);
  expect(digest?.subject).toBe('Meetnet: 2 meldingen');
  expect(digest?.text).toMatch(
    /3 locaties zijn samen onder de norm[\s\S]*meet\.example:8081 antwoordt/,
  );
  expect(digest?.text).toContain('- omdat de meetserver de verbinding weigerde (sinds');
  expect(digest?.text).toContain('U krijgt dit overzicht elke dag');
});

test('an hour without failing tests of its own makes no incident of a verdict', async () => {
  await using at = await openChain();
  await at.tell({});
  await at.registry.saveVerdict('16SW03', verdictAt(at.clock.now() - DAY_MS, 'below'));
  await at.pass();
  expect(await at.registry.alerts.incidents({ status: 'all', limit: 10 })).toEqual([]);
});

test('an operator’s reminder of dossiers and a school’s second mail go out too', async () => {
  await using at = await openChain();
  const { registry, events, clock, pagesUrl } = at;
  const person = { id: 'p', email: 'beheer@sivon.nl', name: 'B', role: 'operator' } as const;
  await registry.addPerson({ ...person, boardIds: null }, 'hash');
  for (const id of ['16SW03', '16SW04']) await openDossier(registry, id, clock.now());
  const { api, services } = await testDossierParts({
    ...{ registry, events, clock, pagesUrl: pagesUrl() },
  });
  await api.desk.invite({
    ...{ locationId: '16SW03', author: { kind: 'command_line' }, reason: 'gevraagd' },
    email: 'directie@peelschool.nl',
  });
  await at.pass();
  await clock.advance(22 * DAY_MS);
  const stop = new AbortController();
  const reminders = services.find(({ name }) => name === 'dossier reminders');
  const running = reminders?.run(stop.signal, () => {});
  await eventually('both mails', async () =>
    (await registry.outbox.waiting(clock.now(), 10)).length === 2 ? true : undefined,
  );
  stop.abort();
  await running;
  await at.pass();
  const [operators] = mailTo('beheer@sivon.nl');
  expect(operators?.subject).toBe('1 dossier wacht op een volgende stap');
  expect(operators?.text).toContain('16SW04 De Peelschool, bijgebouw');
  const [first, second] = mailTo('directie@peelschool.nl');
  expect(second?.subject).toBe(`Herinnering: ${first?.subject}`);
  expect(second?.text).toMatch(/https:\/\/meetnet\.example\/survey\/[\w-]{32}\s/);
});

test('the services send on their own, a survey with its link too, and end with their signal', async () => {
  await using at = await openChain();
  const { registry, series, events, newId, pagesUrl, clock } = at;
  await openDossier(registry, '16SW03', clock.now());
  const { api } = await testDossierParts({ registry, events, clock, pagesUrl: pagesUrl() });
  const { link } = await api.desk.invite({
    ...{ locationId: '16SW03', author: { kind: 'command_line' }, reason: 'gevraagd' },
    email: 'directie@peelschool.nl',
  });
  const env = {
    MEETNET_SMTP_URL: `smtp://127.0.0.1:${server.port}`,
    MEETNET_SMTP_STARTTLS: 'off',
    MEETNET_MAIL_FROM: 'meetnet@example.nl',
  };
  const parts = alertParts({
    settings: readCollectorSettings(env, undefined),
    ...{ registry, series, events, newId, pagesUrl, clock, random: systemRandom, log: silentLog },
    ...{ norm: NORM_500_40, servers: () => [] },
  });
  const { services } = parts;
  const feed = { name: 'Scherm', channel: { kind: 'feed' }, boardIds: null } as const;
  const read = { ...recipientFactsSchema.parse(feed), id: 'f', createdAt: 0 };
  await expect(parts.api.sendTest(read)).rejects.toMatchObject({ code: 'bad_request' });
  const stop = new AbortController();
  const running = services.map((service) => service.run(stop.signal, () => {}));
  const mail = await eventually('the mail', async () => mailTo('directie@peelschool.nl')[0]);
  expect(mail.text).toContain(link);
  expect(mail.html).toContain(`href="${link}"`);
  await eventually('the mark', async () =>
    (await registry.alerts.deliveries(10)).find(({ status }) => status === 'sent'),
  );
  stop.abort();
  await Promise.all(running);
});
