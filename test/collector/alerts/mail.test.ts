// Mail from the real outbox to a real mail server (Debian's aiosmtpd): over STARTTLS with a sign-in,
// what it refuses, crashes between sending and marking, and words for settings that do not fit.
import { createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { htmlOf } from '#collector/alerts/send/html.ts';
import { mailFate } from '#collector/alerts/send/mail-fate.ts';
import { sendWaiting } from '#collector/alerts/send/mail-sender.ts';
import { createMailTransport, type MailSettings } from '#collector/alerts/send/mail-transport.ts';
import { mailOf } from '#collector/config/mail.ts';
import { readCollectorSettings } from '#collector/config/settings.ts';
import { type MailServer, openMailServer } from '#test/support/alerts.ts';
import { makeAuthority } from '#test/support/certificates.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

const DAY_MS = 86_400_000;
const FROM = 'Meetnet <meetnet@example.nl>';
const auth = { user: 'meetnet', pass: 'geheim' };
const trusted = getCACertificates('default');
let folder: TemporaryFolder;
let secure: MailServer;
let plain: MailServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  const authority = await makeAuthority(folder.path);
  setDefaultCACertificates([...trusted, authority.cert]);
  [secure, plain] = await Promise.all([
    openMailServer(await authority.issue('mail')),
    openMailServer(),
  ]);
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await Promise.all([secure, plain].map((server) => server?.[Symbol.asyncDispose]()));
  await folder?.[Symbol.asyncDispose]();
});

const at = ({ port }: MailServer, change: Partial<MailSettings> = {}): MailSettings => ({
  ...{ host: '127.0.0.1', port, security: 'start_tls', from: FROM, ...change },
});
const mail = (id: string, to: string, now: number) => ({
  ...{ id, to, subject: 'Één melding', sendBefore: now + 3 * DAY_MS },
  text: 'De lijn is “onder” de norm.\n\nhttps://meetnet.example/s/geheim?lang=en&x=1.\n',
});

test('over STARTTLS with a sign-in, text and HTML, never in clear and never unsigned in', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { outbox } = open.registry;
  const deps = { outbox, clock, random: { next: () => 0.5 }, log: silentLog };
  await outbox.add([mail('mail-1', 'directie@school.nl', clock.now())]);
  // Without the password, and to a server without STARTTLS: it waits, nothing was sent.
  await sendWaiting({ ...deps, transport: createMailTransport(at(secure)) });
  await clock.advance(DAY_MS / 2);
  await sendWaiting({ ...deps, transport: createMailTransport(at(plain, { auth })) });
  expect([...secure.received, ...plain.received]).toEqual([]);
  expect((await open.registry.alerts.deliveries(10))[0]).toMatchObject({
    ...{ status: 'queued', tries: 2, failure: expect.stringMatching(/TLS/) },
  });
  await clock.advance(DAY_MS / 2);
  await sendWaiting({ ...deps, transport: createMailTransport(at(secure, { auth })) });
  await secure.count(1);
  expect(secure.received).toHaveLength(1);
  expect(secure.received[0]).toMatchObject({
    ...{ from: 'meetnet@example.nl', to: ['directie@school.nl'], tls: true, user: 'meetnet' },
    ...{ subject: 'Één melding', messageId: '<mail-1@example.nl>' },
    text: expect.stringContaining('De lijn is “onder” de norm.'),
    html: expect.stringContaining(
      '<a href="https://meetnet.example/s/geheim?lang=en&amp;x=1">https://meetnet.example/s/geheim?lang=en&amp;x=1</a>.',
    ),
  });
  expect(secure.received[0]?.headers['auto-submitted']).toBe('auto-generated');
  expect((await open.registry.alerts.deliveries(10))[0]).toMatchObject({ status: 'sent' });
  expect(await outbox.waiting(clock.now() + DAY_MS, 10)).toEqual([]);
});

test('451 waits ever longer and is given up in days; 550 is given up at once; both are shown', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { outbox } = open.registry;
  const transport = createMailTransport(at(plain, { security: 'none' }));
  const deps = { outbox, transport, clock, random: { next: () => 1 }, log: silentLog };
  await outbox.add([
    mail('mail-busy', 'busy@school.nl', clock.now()),
    mail('mail-gone', 'gone@school.nl', clock.now()),
  ]);
  const state = async (id: string) =>
    (await open.registry.alerts.deliveries(10)).find((each) => each.id === id);
  await sendWaiting(deps);
  expect(await state('mail-gone')).toMatchObject({
    ...{ status: 'failed', tries: 1, nextTryAt: null, failure: '550 5.1.1 no such user' },
  });
  expect(await state('mail-busy')).toMatchObject({
    status: 'queued',
    failure: expect.stringMatching(/^451 4/),
  });
  await sendWaiting(deps);
  expect(await state('mail-busy')).toMatchObject({ tries: 1 });
  for (let hours = 0; hours < 3 * 24; hours += 6) {
    await clock.advance(DAY_MS / 4);
    await sendWaiting(deps);
  }
  const given = await state('mail-busy');
  expect(given).toMatchObject({ status: 'failed', failure: '451 4.3.0 come back later' });
  expect(given?.tries).toBeGreaterThan(5);
  expect(await outbox.waiting(clock.now(), 10)).toEqual([]);
});

test('a crash after sending and before marking sends it again under the same Message-ID', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { outbox } = open.registry;
  const transport = createMailTransport(at(plain, { security: 'none' }));
  const deps = { outbox, transport, clock, random: { next: () => 0.5 }, log: silentLog };
  await outbox.add([mail('mail-twice', 'twee@school.nl', clock.now())]);
  const crash = () => Promise.reject(new Error('the process ended here'));
  const crashing = {
    waiting: (now: number, limit: number) => outbox.waiting(now, limit),
    expire: (now: number) => outbox.expire(now),
    hold: (id: string, until: number) => outbox.hold(id, until),
    ...{ sent: crash, failed: crash },
  };
  await expect(sendWaiting({ ...deps, outbox: crashing })).rejects.toThrow('ended here');
  expect(await outbox.waiting(clock.now(), 10)).toEqual([]);
  await clock.advance(5 * 60_000);
  await sendWaiting(deps);
  await sendWaiting(deps);
  await plain.count(2);
  const ids = plain.received.filter(({ to }) => to.includes('twee@school.nl'));
  expect(ids.map(({ messageId }) => messageId)).toEqual([
    '<mail-twice@example.nl>',
    '<mail-twice@example.nl>',
  ]);
});

test('where it cannot be written that a mail is about to be sent, it is not sent', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { outbox } = open.registry;
  await outbox.add([mail('mail-held', 'held@school.nl', clock.now())]);
  const sent: string[] = [];
  const transport = {
    send: async ({ id }: { id: string }) => {
      sent.push(id);
      return '250';
    },
  };
  const full = { ...outbox, hold: () => Promise.reject(new Error('disk full')) };
  const deps = { transport, clock, random: { next: () => 0.5 }, log: silentLog };
  await expect(sendWaiting({ ...deps, outbox: full })).rejects.toThrow('disk full');
  expect(sent).toEqual([]);
  await sendWaiting({ ...deps, outbox });
  expect(sent).toEqual(['mail-held']);
});

test('what waits for a recipient who is removed is sent no more', async () => {
  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { alerts, outbox } = open.registry;
  await alerts.addRecipient(
    {
      ...{
        id: 'r',
        name: 'r',
        channel: { kind: 'mail', address: 'weg@school.nl' },
        boardIds: null,
      },
      ...{ kinds: null, pace: 'at_once', quietHours: null, language: 'nl', createdAt: clock.now() },
    },
    undefined,
  );
  await outbox.add([mail('mail-other', 'ander@school.nl', clock.now())]);
  await alerts.tell([], {
    ...{ recipientId: 'r', incidentIds: [] },
    message: { channel: 'mail', mail: mail('mail-gone', 'weg@school.nl', clock.now()) },
  });
  expect(await outbox.waiting(clock.now(), 10)).toHaveLength(2);
  await alerts.removeRecipient('r');
  const left = await outbox.waiting(clock.now(), 10);
  expect(left.map(({ id }) => id)).toEqual(['mail-other']);
});

test('a server that is not there, or hangs up, is tried again', async () => {
  const hanging = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  const address = hanging.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const transport = createMailTransport({ ...at(plain), port });
  const message = mail('m', 'a@b.nl', 0);
  const fateOf = () => transport.send(message).then(() => undefined, mailFate);
  expect(await fateOf()).toMatchObject({ retry: 'yes' });
  await new Promise<void>((resolve) => hanging.close(() => resolve()));
  expect(await fateOf()).toMatchObject({ retry: 'yes' });
});

test('what it means is said of the recipient alone, not of our own sign-in or sender', () => {
  const fate = (command: string, responseCode: number) =>
    mailFate({ command, responseCode, response: `${responseCode} x` }).retry;
  expect(fate('RCPT TO', 550)).toBe('no');
  expect(fate('DATA', 554)).toBe('no');
  expect(fate('RCPT TO', 452)).toBe('yes');
  expect(fate('MAIL FROM', 550)).toBe('yes');
  expect(fate('AUTH PLAIN', 535)).toBe('yes');
  expect(fate('RCPT TO', 530)).toBe('yes');
  expect(htmlOf('<b>&"')).toContain('<p>&lt;b&gt;&amp;&quot;</p>');
});

test('settings: both or none, no password in clear, special characters percent-encoded', () => {
  const mailSettings = (env: Record<string, string>) =>
    mailOf(readCollectorSettings(env, undefined));
  const from = { MEETNET_MAIL_FROM: FROM };
  expect(mailSettings({})).toBeUndefined();
  expect(mailSettings({ ...from, MEETNET_SMTP_URL: 'smtps://u%40x:p%2Fw@mail.nl' })).toEqual({
    ...{ host: 'mail.nl', port: 465, security: 'tls', from: FROM },
    auth: { user: 'u@x', pass: 'p/w' },
  });
  expect(mailSettings({ ...from, MEETNET_SMTP_URL: 'smtp://[::1]' })).toMatchObject({
    ...{ host: '::1', port: 587, security: 'start_tls' },
  });
  expect(() => mailSettings(from)).toThrow(/MEETNET_SMTP_URL is missing/);
  const clear = { ...from, MEETNET_SMTP_STARTTLS: 'off' };
  expect(() => mailSettings({ ...clear, MEETNET_SMTP_URL: 'smtp://u:p@mail.nl' })).toThrow(
    /in clear/,
  );
  expect(() => mailSettings({ ...from, MEETNET_SMTP_URL: 'http://mail.nl/?geheim' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('geheim') }),
  );
  expect(() => mailSettings({ MEETNET_MAIL_FROM: 'x', MEETNET_SMTP_URL: 'smtp://a' })).toThrow(
    /MEETNET_MAIL_FROM: must be a mail address/,
  );
});
