// The page of alerts in real Chromium: what is wrong, who saw to it, by keyboard, in both languages.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '#collector/api/password.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { ensurePages, launchChromium, openPage } from '#test/support/chromium.ts';
import { BOARDS, PLACES } from '#test/support/dashboard-data.ts';
import { keepIncidents } from '#test/support/dashboard-incidents.ts';
import { type DashboardServer, startDashboardServer } from '#test/support/dashboard-server.ts';
import {
  expectAccessible,
  openAt,
  PERSON,
  signedUpState,
  signIn,
} from '#test/support/dashboard-steps.ts';

let browser: Browser;
beforeAll(async () => {
  ensurePages();
  browser = await launchChromium();
});
afterAll(() => browser?.close());

async function serveAlone(): Promise<DashboardServer> {
  const server = await startDashboardServer();
  await server.registry.importLocations(BOARDS, Object.values(PLACES));
  return server;
}

test('an operator reads what is wrong and records by keyboard that he saw it; a reader sees who did', async () => {
  await using server = await serveAlone();
  const storageState = await signedUpState(server);
  await using opened = await openAt(browser, server, '/incidents', { storageState });
  const { page } = opened;
  await page.getByRole('heading', { name: 'Er is nu niets te melden' }).waitFor();
  await expectAccessible(page);
  await keepIncidents(server);
  await page.reload();
  const row = (text: string) => page.getByRole('row').filter({ hasText: text });
  await page.getByText('3 meldingen, laatst veranderd eerst').waitFor();
  const shared = row('3 locaties zijn samen onder de norm geraakt; gemeenschappelijk: aanbieder');
  expect(await shared.getByRole('listitem').count()).toBe(3);
  await shared.getByText('op 2 meetservers').first().waitFor();
  await row('Meetserver https://meten.example.nl antwoordt niet')
    .getByText('omdat de meetserver niet bereikbaar was')
    .waitFor();

  const button = shared.getByRole('button', { name: /^Ik heb dit gezien: 3 locaties/ });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('Noordnet gebeld');
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await shared.getByText('Noordnet gebeld').waitFor();
  await shared.getByText(PERSON.name, { exact: true }).waitFor();
  expect(await button.count()).toBe(0);
  const kept = await server.registry.alerts.incident('provider');
  expect(kept?.acknowledgements).toMatchObject([{ note: 'Noordnet gebeld' }]);

  await page.getByRole('button', { name: 'Voorbij' }).click();
  await page.waitForURL('**/incidents?status=closed');
  await page.getByText('1 melding, laatst').waitFor();
  await row('Het Kompas (19MN00) is weer te horen')
    .getByText(/voorbij sinds/)
    .waitFor();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Het Kompas' }).click();
  await page.getByRole('heading', { name: 'Het Kompas', level: 1 }).waitFor();
  expect(await page.getByRole('region', { name: 'Meldingen' }).count()).toBe(0);
  await page.goto(`${server.url}/locations/${PLACES.below.id}`);
  const own = page.getByRole('region', { name: 'Meldingen' }).getByRole('listitem');
  await own.filter({ hasText: `gezien door: ${PERSON.name}` }).waitFor();
  expect(await own.count()).toBe(1);
  await expectAccessible(page);
  expect(opened.complaints()).toEqual([]);
});

test('a reader of one board sees its part, in English, on a phone', async () => {
  await using server = await serveAlone();
  await keepIncidents(server);
  const reader = { ...PERSON, email: 'lezer@example.nl' };
  await server.registry.addPerson(
    { id: 'r', name: 'Lezer', email: reader.email, role: 'reader', boardIds: ['41234'] },
    await hashPassword(reader.password, systemRandom),
  );
  await using opened = await openPage(browser, { viewport: { width: 390, height: 844 } });
  const { page } = opened;
  await page.goto(`${server.url}/incidents`);
  await signIn(page, reader);
  await page.getByRole('heading', { name: 'Meldingen', level: 1 }).waitFor();
  await page.getByRole('button', { name: /English/ }).click();
  await page.getByText('1 alert, last').waitFor();
  await page.getByText('A line of De Peelschool (16SW03) is suddenly slower').waitFor();
  await page.getByText('nobody yet').waitFor();
  expect(await page.getByRole('button', { name: /I have seen to this/ }).count()).toBe(0);
  await expectAccessible(page);
  expect(opened.complaints(/status of 401/)).toEqual([]);
});
