// Takes a picture of every page at desktop and phone width, light and dark, in both languages'
// first: `node test/system/screenshots.ts FOLDER`. To be looked at before a change of the pages is
// called done; no test.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ensurePages, launchChromium, openPage } from '#test/support/chromium.ts';
import { furnish, PLACES } from '#test/support/dashboard-data.ts';
import { keepIncidents } from '#test/support/dashboard-incidents.ts';
import { startDashboardServer } from '#test/support/dashboard-server.ts';
import { signUp } from '#test/support/dashboard-steps.ts';
import { startSurvey } from '#test/support/survey.ts';

const WIDTHS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const SCHEMES = ['light', 'dark'] as const;

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: node test/system/screenshots.ts FOLDER\n');
  process.exit(2);
}
await mkdir(folder, { recursive: true });
ensurePages();
await using server = await startDashboardServer();
await furnish(server);
await keepIncidents(server);
await using browser = await launchChromium();
await using opened = await openPage(browser);
const { page } = opened;

const setupUrl = await server.setupUrl();
await page.goto(`${server.url}/login`);
await take(page, 'login-before-setup');
await page.goto(setupUrl);
await take(page, 'setup');
await signUp(page, setupUrl);
for (const [name, path] of Object.entries({
  locations: '/',
  'locations-none-found': '/?q=bestaat-niet',
  incidents: '/incidents',
  'incidents-over': '/incidents?status=closed',
  'not-found': '/nergens',
  ...Object.fromEntries(Object.entries(PLACES).map(([kind, { id }]) => [kind, `/locations/${id}`])),
})) {
  await page.goto(`${server.url}${path}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  if (name === 'below') await page.getByRole('button', { name: 'Aanmeldcode maken' }).click();
  await page.waitForTimeout(500);
  await take(page, name);
}
await page.goto(`${server.url}/`);
await page.getByRole('button', { name: 'Uitloggen' }).click();
await page.getByRole('heading', { name: 'Inloggen' }).waitFor();
await take(page, 'login');
await using survey = await startSurvey();
const { link } = await survey.invite();
await page.goto(link);
await take(page, 'survey');
await page.getByText('De huidige verbinding volstaat').click();
await page.getByText('Een andere reden').click();
await page.getByRole('button', { name: 'Antwoord versturen' }).click();
await page.getByRole('alert').waitFor();
await take(page, 'survey-faults');
await page.getByLabel('Welke reden?').fill('Wij verhuizen naar een nieuw gebouw');
await page.getByRole('button', { name: 'Antwoord versturen' }).click();
await page.getByRole('heading', { name: /Dank u wel/ }).waitFor();
await take(page, 'survey-done');
process.stderr.write(`pictures are in ${folder}\n`);

async function take(of: Page, name: string): Promise<void> {
  for (const [width, viewport] of Object.entries(WIDTHS)) {
    await of.setViewportSize(viewport);
    for (const colorScheme of SCHEMES) {
      await of.emulateMedia({ colorScheme });
      await of.waitForTimeout(200);
      await of.screenshot({
        path: join(folder ?? '', `${name}-${width}-${colorScheme}.png`),
        fullPage: true,
      });
    }
  }
}
