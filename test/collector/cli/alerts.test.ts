// Alerts by command, beside a serving collector: recipients, a feed's link, and mail on its way.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openMailServer } from '#test/support/alerts.ts';
import { signIn, startCollector } from '#test/support/collector.ts';
import { start } from '#test/support/process.ts';
import { readFeed } from '#test/support/read-feed.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

vi.setConfig({ testTimeout: 90_000 });

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

test('recipients are named by command; the collector sends to one and shows a feed to the other', async () => {
  await using server = await openMailServer();
  const data = join(folder.path, 'data');
  const env = {
    MEETNET_SMTP_URL: `smtp://127.0.0.1:${server.port}`,
    MEETNET_SMTP_STARTTLS: 'off',
    MEETNET_MAIL_FROM: 'Meetnet <meetnet@example.nl>',
  };
  await using collector = await startCollector({ data, env });
  const run = async (...args: string[]) => {
    const own = { MEETNET_DATA: data, MEETNET_PUBLIC_URL: collector.url, ...env };
    await using running = start('collector/main.ts', ['alerts', ...args], own);
    running.child.stdin?.end();
    return { code: await running.exited, stdout: running.stdout(), stderr: running.stderr() };
  };
  const [wrong, feed, mail] = await Promise.all([
    run('recipients', 'add', 'Niemand'),
    run('recipients', 'add', 'Scherm', '--feed', '--language', 'en'),
    run('recipients', 'add', 'Land', '--mail', 'land@sivon.nl', '--quiet-hours', '22-7'),
  ]);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/--webhook or --feed/) });
  const [feedId = '', link = ''] = feed.stdout.split('\n');
  const reply = await fetch(link);
  expect(await readFeed(await reply.text())).toMatchObject({
    ...{ id: `urn:uuid:${feedId}`, title: 'Meetnet: Scherm', language: 'en', entries: [] },
  });

  const mailId = mail.stdout.trim();
  const cookie = await signIn(collector);
  const asked = await fetch(`${collector.url}/api/v1/alerts/recipients/${mailId}/test`, {
    ...{ method: 'POST', headers: { cookie, 'sec-fetch-site': 'same-origin' } },
  });
  expect(asked.status).toBe(202);
  const { deliveryId } = (await asked.json()) as { deliveryId: string };
  const [list, direct] = await Promise.all([
    run('recipients', 'list'),
    run('test', 'beheer@sivon.nl'),
  ]);
  const listed = list.stdout.trim().split('\n');
  expect(listed.map((line) => JSON.parse(line).id).sort()).toEqual([feedId, mailId].sort());
  expect(direct).toMatchObject({ code: 0, stdout: expect.stringMatching(/^250 /) });
  await server.count(2);
  const sent = server.received.find(({ to }) => to.includes('land@sivon.nl'));
  expect(sent).toMatchObject({
    ...{ subject: 'Proefbericht van Meetnet', messageId: `<${deliveryId}@example.nl>` },
  });
});
