// Webhooks to a real HTTP server: signed, under one id, to allowed addresses alone.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkWebhookUrl,
  isInternet,
  pinnedAddress,
} from '#collector/alerts/send/webhook-address.ts';
import { sendWaitingWebhooks } from '#collector/alerts/send/webhook-sender.ts';
import { createWebhookTransport } from '#collector/alerts/send/webhook-transport.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { FakeClock } from '#test/support/fake-clock.ts';
import { openTestRegistry } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';

const DAY_MS = 86_400_000;

test('is signed over time and body, tried again under its id, and not where it is sent on to', async () => {
  const got: { headers: IncomingHttpHeaders; body: string; path: string | undefined }[] = [];
  const answers = [503, 200, 307, 410];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      got.push({ headers: request.headers, body, path: request.url });
      response.writeHead(answers[got.length - 1] ?? 500, { location: '/elsewhere' }).end('told');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://hooks.example:${port}/meetnet`;

  const clock = new FakeClock();
  await using open = await openTestRegistry(clock);
  const { alerts } = open.registry;
  await alerts.addRecipient(
    {
      ...{ id: 'hook', name: 'hook', channel: { kind: 'webhook', url }, boardIds: null },
      ...{ kinds: null, pace: 'at_once', quietHours: null, language: 'nl', createdAt: 0 },
    },
    'een geheim',
  );
  const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 as const }]);
  const sending = (reach: 'internet' | 'private_too') => ({
    ...{ store: alerts, clock, random: { next: () => 0.5 }, log: silentLog },
    // Deadlines of real sockets want the real clock; the times that are sent are this one's.
    transport: createWebhookTransport({
      ...{ reach, resolve },
      clock: { ...systemClock, now: () => clock.now() },
    }),
  });
  const add = (id: string) =>
    alerts.tell([], {
      ...{ recipientId: 'hook', incidentIds: [] },
      message: {
        channel: 'webhook',
        webhook: { id, url, subject: 'x', body: '{"a":"ë"}', sendBefore: clock.now() + DAY_MS },
      },
    });
  const stateOf = async (id: string) =>
    (await alerts.deliveries(10)).find((each) => each.id === id);

  await add('one');
  await sendWaitingWebhooks(sending('private_too'));
  expect(await stateOf('one')).toMatchObject({ status: 'queued', failure: 'it answered 503' });
  await clock.advance(3_600_000);
  await sendWaitingWebhooks(sending('private_too'));
  expect(await stateOf('one')).toMatchObject({ status: 'sent', tries: 2 });
  expect(got.map(({ headers }) => headers['meetnet-delivery'])).toEqual(['one', 'one']);
  const [, seconds, mac] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(got[1]?.headers['meetnet-signature'])) ?? [];
  expect(Number(seconds)).toBe(clock.now() / 1000);
  expect(mac).toBe(
    createHmac('sha256', 'een geheim').update(`${seconds}.${got[1]?.body}`).digest('hex'),
  );
  expect(got[1]).toMatchObject({ body: '{"a":"ë"}', path: '/meetnet' });

  await add('moved');
  await sendWaitingWebhooks(sending('private_too'));
  expect(await stateOf('moved')).toMatchObject({
    status: 'failed',
    failure: expect.stringMatching(/redirects are not/),
  });
  await add('ended');
  await sendWaitingWebhooks(sending('private_too'));
  expect(await stateOf('ended')).toMatchObject({ status: 'failed', failure: 'it answered 410' });
  await add('inside');
  await sendWaitingWebhooks(sending('internet'));
  expect(await stateOf('inside')).toMatchObject({ status: 'failed', tries: 1 });
  expect(got).toHaveLength(4);
  expect(got.every(({ path }) => path === '/meetnet')).toBe(true);
  await new Promise<void>((close) => server.close(() => close()));
});

test('private, loopback and other special addresses are refused, also behind a name', async () => {
  for (const host of ['127.0.0.1', '10.1.2.3', '169.254.169.254', '0x7f.1', '[::1]']) {
    expect(() => checkWebhookUrl(`https://${host}/`, 'internet'), host).toThrow(/private network/);
  }
  for (const host of ['[::ffff:10.0.0.1]', '[fd00::1]', '[fe80::1]', '[64:ff9b::a00:1]']) {
    expect(() => checkWebhookUrl(`https://${host}/`, 'internet'), host).toThrow(/private network/);
  }
  expect(checkWebhookUrl('https://93.184.216.34/x', 'internet').pathname).toBe('/x');
  for (const text of ['http://a.nl/', 'https://u:p@a.nl/', 'ftp://a.nl', 'a.nl']) {
    expect(() => checkWebhookUrl(text, 'internet'), text).toThrow(/must be an https address/);
  }
  const url = new URL('https://hooks.example/');
  const inside = { address: '192.168.1.1', family: 4 as const };
  const outside = { address: '93.184.216.34', family: 4 as const };
  const found = (...all: (typeof inside)[]) =>
    pinnedAddress(url, 'internet', () => Promise.resolve(all));
  await expect(found(inside)).rejects.toThrow(/private network/);
  expect(await found(inside, outside)).toEqual(outside);
  await expect(found()).rejects.toMatchObject({ code: 'unreachable' });
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const isPrivate = /^(0|10|127|22[4-9]|2[3-5]\d)\./.test(address);
      if (isPrivate) expect(isInternet({ address, family: 4 })).toBe(false);
      const mapped = { address: `::ffff:${address}`, family: 6 as const };
      expect(isInternet(mapped)).toBe(isInternet({ address, family: 4 }));
    }),
    { numRuns: 100 },
  );
});
