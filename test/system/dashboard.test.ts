// The pages in real Chromium, over the collector's real API and stores.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availabilityViewSchema } from '#shared/wire/api.ts';
import { ensurePages, launchChromium, openPage } from '#test/support/chromium.ts';
import { furnish, PLACES, quietTest } from '#test/support/dashboard-data.ts';
import { type DashboardServer, startDashboardServer } from '#test/support/dashboard-server.ts';
import {
  expectAccessible,
  openAt,
  PERSON,
  signedUpState,
  signIn,
  signUp,
  stateOf,
} from '#test/support/dashboard-steps.ts';

let browser: Browser;
let server: DashboardServer;
let devices: Record<string, string>;
let signedIn: BrowserContextOptions;

beforeAll(async () => {
  ensurePages();
  browser = await launchChromium();
  server = await startDashboardServer();
  devices = await furnish(server);
  signedIn = { storageState: await signedUpState(server) };
});
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

const at = (path: string, options: BrowserContextOptions = {}) =>
  openAt(browser, server, path, { ...signedIn, ...options });
const table = (page: Page) => page.getByRole('table');
const rowNames = (page: Page) => table(page).getByRole('rowheader').getByRole('link');
const expectRows = (page: Page, names: readonly string[]) =>
  expect.poll(() => rowNames(page).allTextContents(), { timeout: 30_000 }).toEqual(names);
const verdictButton = (page: Page, name: string) =>
  page.getByRole('group', { name: 'Filter op oordeel' }).getByRole('button', { name });

describe('the first account', () => {
  test('is made with the printed link, after which the link is used up', async () => {
    await using fresh = await startDashboardServer();
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${fresh.url}/`);
    await page.getByRole('heading', { name: 'Er is nog geen account' }).waitFor();
    expect(await page.getByRole('code').textContent()).toBe(`${fresh.url}/setup?token=…`);
    await expectAccessible(page);

    const link = await fresh.setupUrl();
    await page.goto(link);
    await page.getByLabel('Naam').fill(PERSON.name);
    await page.getByLabel('E-mailadres').fill(PERSON.email);
    await page.getByLabel('Wachtwoord').fill('te kort');
    await page.getByRole('button', { name: 'Account maken' }).click();
    await page.getByText('minder dan 12 tekens').waitFor();
    await expectAccessible(page);

    await signUp(page, link);
    expect(page.url()).toBe(`${fresh.url}/`);
    await page.getByRole('heading', { name: 'Nog geen locaties' }).waitFor();
    await page.getByText('meetnet-collector import').waitFor();
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Uitloggen' }).click();
    await page.goto(link);
    await page.getByText('Het eerste account bestaat al').waitFor();
    expect(opened.complaints()).toEqual([]);
  });

  test('is not made without the token, or with a wrong one', async () => {
    await using fresh = await startDashboardServer();
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${fresh.url}/setup`);
    await page.getByRole('alert').filter({ hasText: 'geen token' }).waitFor();
    await page.goto(`${fresh.url}/setup?token=verkeerd`);
    await page.getByLabel('Naam').fill(PERSON.name);
    await page.getByLabel('E-mailadres').fill(PERSON.email);
    await page.getByLabel('Wachtwoord').fill(PERSON.password);
    await page.getByRole('button', { name: 'Account maken' }).click();
    await page.getByRole('alert').filter({ hasText: 'link is onjuist' }).waitFor();
    expect(opened.complaints(/status of 403/)).toEqual([]);
  });
});

describe('signing in', () => {
  test('leads to the page that was asked for, and out again', async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${server.url}/locations/${PLACES.below.id}?period=week`);
    await page.getByRole('heading', { name: 'Inloggen' }).waitFor();
    await expectAccessible(page);
    await signIn(page, { ...PERSON, password: 'het verkeerde wachtwoord' });
    await page.getByRole('alert').filter({ hasText: 'klopt niet' }).waitFor();
    await signIn(page);
    await page.getByRole('heading', { name: PLACES.below.name, level: 1 }).waitFor();
    expect(page.url()).toBe(`${server.url}/locations/${PLACES.below.id}?period=week`);

    await page.getByRole('button', { name: 'Uitloggen' }).click();
    await page.getByRole('heading', { name: 'Inloggen' }).waitFor();
    await page.goto(`${server.url}/`);
    await page.getByRole('heading', { name: 'Inloggen' }).waitFor();
    expect(opened.complaints(/status of 401/)).toEqual([]);
  });

  test('is asked for again when the session has ended elsewhere', async () => {
    await using opened = await openPage(browser);
    const { page } = opened;
    await page.goto(`${server.url}/login`);
    await signIn(page);
    await rowNames(page).first().waitFor();
    await page.context().clearCookies();
    await rowNames(page).first().click();
    await page.getByRole('heading', { name: 'Inloggen' }).waitFor();
    await signIn(page);
    await page.getByRole('heading', { level: 1, name: PLACES.below.name }).waitFor();
    expect(opened.complaints(/status of 401/)).toEqual([]);
  });
});

describe('the list', () => {
  test('shows each location with its verdict in words, figures, flags and contact', async () => {
    await using opened = await at('/');
    const { page } = opened;
    const row = (name: string) => table(page).getByRole('row').filter({ hasText: name });
    await row(PLACES.below.name).getByText('Onder de norm').waitFor();
    await row(PLACES.below.name).getByText('Maatwerk').waitFor();
    await row(PLACES.below.name).getByText('3 uur geleden').waitFor();
    await row(PLACES.meets.name).getByText('Voldoet aan de norm').waitFor();
    await row(PLACES.meets.name).getByText('verbonden').waitFor();
    await row(PLACES.intermittent.name).getByText('Wisselend').waitFor();
    await row(PLACES.unfit.name).getByText('Meetopstelling ongeschikt').waitFor();
    await row(PLACES.unfit.name).getByText('Wifi').waitFor();
    await row(PLACES.no_data.name).getByText('Geen gegevens').waitFor();
    await row(PLACES.inconclusive.name).getByText('Nog onvoldoende metingen').waitFor();
    expect(await row(PLACES.meets.name).innerText()).toMatch(/≥ 5[0-3]\d,\d/);
    expect(await page.getByRole('columnheader', { name: /Download/ }).innerText()).toMatch(
      /Mbit\/s, IP.laag/,
    );
    expect(opened.complaints()).toEqual([]);
  });

  test('filters and sorts, and the address says how', async () => {
    await using opened = await at('/');
    const { page } = opened;
    await verdictButton(page, 'Onder de norm').click();
    await verdictButton(page, 'Wisselend').click();
    await page.waitForURL('**/?verdict=below,intermittent');
    await expectRows(page, [PLACES.below.name, PLACES.intermittent.name]);
    await page.getByRole('button', { name: /Sorteren op Download/ }).click();
    await page.getByRole('button', { name: /Sorteren op Download/ }).click();
    await page.waitForURL('**/?verdict=below,intermittent&sort=-download');
    expect(
      await page.getByRole('columnheader', { name: /Download/ }).getAttribute('aria-sort'),
    ).toBe('descending');
    await page.reload();
    await rowNames(page).first().waitFor();
    expect(await verdictButton(page, 'Wisselend').getAttribute('aria-pressed')).toBe('true');

    await page.getByRole('searchbox').fill('dokkum');
    await page.waitForURL('**/?q=dokkum&verdict=below,intermittent&sort=-download');
    await expectRows(page, [PLACES.intermittent.name]);
    await page.getByText('1 van 6 locaties').waitFor();
    await page.getByRole('searchbox').fill('bestaat niet');
    await page.getByRole('heading', { name: 'Geen locatie gevonden' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Filters wissen' }).click();
    await page.waitForURL('**/?sort=-download');
    await page.getByText('6 van 6 locaties').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('');

    await page.goBack();
    await page.getByRole('heading', { name: 'Geen locatie gevonden' }).waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('bestaat niet');
    expect(opened.complaints()).toEqual([]);
  });

  test('of nine thousand shows a hundred at a time and finds any one', async () => {
    await using country = await startDashboardServer();
    const boards = [{ id: '41234', name: 'Bestuur' }];
    const locations = Array.from({ length: 9000 }, (_, n) => ({
      id: `${String(10 + Math.floor(n / 6760)).padStart(2, '0')}${letter(n / 260)}${letter(n / 10)}0${n % 10}`,
      boardId: '41234',
      name: `School ${n + 1}`,
    }));
    await country.registry.importLocations(boards, locations);
    const state = { storageState: await signedUpState(country) };
    await using opened = await openAt(browser, country, '/', state);
    const { page } = opened;
    await page.getByText('9.000 van 9.000 locaties').waitFor();
    expect(await rowNames(page).count()).toBe(100);
    await page.getByRole('button', { name: 'Volgende' }).click();
    await page.getByText('Bladzijde 2 van 90').waitFor();
    await rowNames(page)
      .filter({ hasText: /^School 101$/ })
      .waitFor();
    expect(await rowNames(page).count()).toBe(100);
    await page.getByRole('searchbox').pressSequentially('school 8421');
    await page.getByText('1 van 9.000 locaties').waitFor();
    await expectRows(page, ['School 8421']);
    await page.waitForURL('**/?q=school+8421');
    expect(opened.complaints()).toEqual([]);
  });
});

/** A to Z, over and over. */
function letter(n: number): string {
  return String.fromCharCode(65 + (Math.floor(n) % 26));
}

describe('a location', () => {
  test('says its verdict and why in the collector’s sentences, in both languages', async () => {
    await using opened = await at(`/locations/${PLACES.below.id}`);
    const { page } = opened;
    const reply = await page.request.get(`${server.url}/api/v1/locations/${PLACES.below.id}`);
    const { verdict } = (await reply.json()).location;
    expect(verdict.outcome).toBe('below');
    await page.getByText(verdict.text.nl, { exact: true }).waitFor();
    for (const { text } of verdict.reasons) {
      await page.getByRole('listitem').filter({ hasText: text.nl }).first().waitFor();
    }
    await page.getByText('Maatwerk', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByText(verdict.text.en, { exact: true }).waitFor();
    for (const { text } of verdict.reasons) {
      await page.getByRole('listitem').filter({ hasText: text.en }).first().waitFor();
    }
    expect(opened.complaints()).toEqual([]);
  });

  test('says when the line was up per month, and tells an outage from a device that was off', async () => {
    await using opened = await at(`/locations/${PLACES.below.id}`);
    const { page } = opened;
    const section = page.getByRole('region', { name: 'Beschikbaarheid van de lijn' });
    const reply = await page.request.get(
      `${server.url}/api/v1/locations/${PLACES.below.id}/availability`,
    );
    const { lines } = availabilityViewSchema.parse(await reply.json());
    expect(lines).toHaveLength(1);
    const { months = [], outages = [] } = lines[0] ?? {};
    expect(outages.map(({ kind }) => kind)).toEqual(['silent', 'local_down', 'off', 'line_down']);
    const watched = months.filter(({ strictShare }) => strictShare !== null);
    await section.getByText('Lijn weg', { exact: true }).last().waitFor();
    const rows = section.getByRole('table').first().getByRole('row');
    expect(await rows.count()).toBe(1 + watched.length);
    for (const [at, { outages: count }] of watched.entries()) {
      const row = rows.nth(at + 1);
      expect(await row.innerText()).toContain(count === 0 ? 'niet' : `(${count}×)`);
    }
    await section.getByText('1 uur, 30 min', { exact: true }).waitFor();
    await section.getByText('Meetapparaat stond uit; over de lijn zegt dat niets').waitFor();
    const link = section.getByRole('link', { name: 'Storingen als CSV' });
    const csv = await page.request.get(`${server.url}${await link.getAttribute('href')}`);
    expect((await csv.text()).split('\r\n')).toHaveLength(outages.length + 2);
    await expectAccessible(page);
    expect(opened.complaints()).toEqual([]);
  });

  test('draws its measurements and lists the same ones in a table', async () => {
    await using opened = await at(`/locations/${PLACES.meets.id}`);
    const { page } = opened;
    const charts = page.getByRole('img', { name: /Grafiek van/ });
    await charts.first().waitFor();
    expect(await charts.count()).toBe(2);
    expect(await charts.first().getAttribute('aria-label')).toMatch(/54 metingen.*490 Mbit\/s/);
    expect(await inkOf(page)).toBeGreaterThan(2000);
    await charts.first().hover({ position: { x: 300, y: 60 } });
    await page.getByText(/202\d, \d\d:\d\d: download (\d+,\d \(|mislukt)/).waitFor();

    const tests = page.getByRole('table', { name: 'Metingen, nieuwste eerst' });
    expect(await tests.getByRole('rowheader').count()).toBe(25);
    await page.getByText('Bladzijde 1 van 3').waitFor();
    await page.getByRole('button', { name: 'Volgende' }).click();
    await page.getByRole('button', { name: 'Volgende' }).click();
    expect(await tests.getByRole('rowheader').count()).toBe(4);

    await page.getByRole('button', { name: '7 dagen' }).click();
    await page.waitForURL('**?period=week');
    await page
      .getByRole('img', { name: /1[2-4] metingen/ })
      .first()
      .waitFor();
    expect(opened.complaints()).toEqual([]);
  });

  test('says the latency and loss of its line, idle and under load, or why not', async () => {
    await using opened = await at(`/locations/${PLACES.meets.id}`);
    const { page } = opened;
    const section = page.getByRole('region', { name: 'Vertraging en verlies' });
    await expect.poll(() => section.textContent()).toContain('7,4 ms (95% onder 12,9 ms');
    const text = await section.textContent();
    expect(text).toContain('0,5% (95%: 0,17% tot 1,46%) heen 2, terug 1');
    expect(text).toContain('Opzoeken van meetpunt.example.nl4,2 ms');
    expect(text).toContain('28,4 ms');
    expect(text).toContain('1.450 keer heen en terug per minuut');
    await page.goto(`${server.url}/locations/${PLACES.below.id}`);
    await expect.poll(() => section.textContent()).toContain('dit netwerk laat geen UDP door');
    await page.goto(`${server.url}/locations/${PLACES.no_data.id}`);
    await expect.poll(() => section.textContent()).toContain('nog geen minuut');
    expect(opened.complaints()).toEqual([]);
  });

  test('explains flags and failures, and how its device fares', async () => {
    await using opened = await at(`/locations/${PLACES.unfit.id}`);
    const { page } = opened;
    await page.getByText('hangt aan wifi in plaats van aan een kabel').first().waitFor();
    await page
      .getByRole('cell')
      .filter({ hasText: 'De meetserver antwoordde niet op tijd.' })
      .first()
      .waitFor();
    const device = page.getByRole('listitem').filter({ hasText: 'meetkast-19mn00' });
    expect(await device.innerText()).toMatch(/Verbonden[\s\S]*12,4 ms[\s\S]*0 metingen \(8,2 kB\)/);
    expect(opened.complaints()).toEqual([]);
  });

  test('gives an operator a code for a new device, and a reader none', async () => {
    await using opened = await at(`/locations/${PLACES.no_data.id}`);
    const { page } = opened;
    await page.getByText('nog geen meetapparaat aangemeld').last().waitFor();
    await page.getByText('In deze periode zijn geen metingen.').waitFor();
    await page.getByRole('button', { name: 'Aanmeldcode maken' }).click();
    const command = page.getByRole('code');
    await command.waitFor();
    const text = (await command.textContent()) ?? '';
    expect(text).toMatch(/^meetnet-agent enroll --collector http:\/\/127\.0\.0\.1:\d+ --code \S+$/);
    const code = text.split(' ').at(-1) ?? '';
    const key = {
      name: 'd',
      position: 'in_path',
      publicKey: 'AAAA',
      agentVersion: '0.1.0',
    } as const;
    const device = await server.registry.enrol(
      code,
      { id: crypto.randomUUID(), ...key },
      Date.now(),
    );
    expect(device.locationId).toBe(PLACES.no_data.id);
    await expectAccessible(page);

    const reader = {
      email: 'lezer@example.nl',
      name: 'Lezer',
      role: 'reader',
      boardIds: ['40001'],
    };
    const cookie = `${await cookieOf(page)}`;
    const made = await fetch(`${server.url}/api/v1/people`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url, cookie },
      body: JSON.stringify({ ...reader, password: PERSON.password }),
    });
    expect(made.status).toBe(201);
    const session = await fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: reader.email, password: PERSON.password }),
    });
    const asReader = { storageState: stateOf(server, session) };
    await using readers = await at(`/locations/${PLACES.no_data.id}`, asReader);
    await readers.page.getByRole('heading', { name: 'Meetapparaten' }).waitFor();
    expect(await readers.page.getByRole('button', { name: 'Aanmeldcode maken' }).count()).toBe(0);
    await readers.page.goto(`${server.url}/locations/${PLACES.meets.id}`);
    await readers.page.getByRole('heading', { name: 'Pagina niet gevonden' }).waitFor();
  });
});

describe('a live page', () => {
  test('shows a new measurement in the list and on the location without a reload', async () => {
    await using list = await at('/?sort=name');
    await using detail = await at(`/locations/${PLACES.inconclusive.id}`);
    for (const { page } of [list, detail]) await page.getByText('Live', { exact: true }).waitFor();
    await list.page.evaluate('window.notReloaded = true');
    await detail.page.evaluate('window.notReloaded = true');
    const measurement = quietTest(devices.inconclusive ?? '', Date.now() - 1000, 777, 77);
    await server.record(PLACES.inconclusive.id, [measurement]);
    const shown = (measurement.download?.ipCapacity ?? 0).toFixed(1).replace('.', ',');
    await table(list.page).getByText(`≥ ${shown}`).waitFor();
    await table(detail.page).getByText(`≥ ${shown}`).waitFor();
    expect(await list.page.evaluate('window.notReloaded')).toBe(true);
    expect(await detail.page.evaluate('window.notReloaded')).toBe(true);
    expect([...list.complaints(), ...detail.complaints()]).toEqual([]);
  });

  test('says that the collector is away, keeps what it shows, and catches up by itself', async () => {
    await using opened = await at('/');
    const { page } = opened;
    await page.getByText('Live', { exact: true }).waitFor();
    await server.stop();
    try {
      await page.getByText('Verbinding verbroken').waitFor();
      await page
        .getByRole('alert')
        .filter({ hasText: 'Geen verbinding met de collector' })
        .waitFor();
      expect(await rowNames(page).count()).toBe(6);
      await expectAccessible(page);
      await rowNames(page).filter({ hasText: PLACES.meets.name }).click();
      await page.getByRole('alert').filter({ hasText: 'niet bereikbaar' }).waitFor();
    } finally {
      await server.start();
    }
    await page
      .getByRole('heading', { name: PLACES.meets.name, level: 1 })
      .waitFor({ timeout: 30_000 });
    await page.getByText('Live', { exact: true }).waitFor({ timeout: 30_000 });
    expect(
      opened.complaints(/ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE/),
    ).toEqual([]);
  });
});

describe('every page', () => {
  test('is in the language that was chosen, and stays so', async () => {
    await using opened = await at('/');
    const { page } = opened;
    expect(await page.locator('html').getAttribute('lang')).toBe('nl');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Locations', level: 1 }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.title()).toBe('Locations · Meetnet');
    await table(page).getByText('Below the norm').waitFor();
    expect(await table(page).innerText()).toMatch(/≥ 5\d\d\.\d/);
    await page.reload();
    await page.getByRole('heading', { name: 'Locations', level: 1 }).waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Nederlands' }).click();
    await page.getByRole('heading', { name: 'Locaties', level: 1 }).waitFor();
    expect(opened.complaints()).toEqual([]);
  });

  test.each([
    '/',
    `/locations/${PLACES.below.id}`,
    `/locations/${PLACES.unfit.id}`,
    `/locations/${PLACES.no_data.id}`,
    '/locations/99ZZ99',
    '/nergens',
  ])('%s is accessible, wide and narrow, light and dark', async (path) => {
    await using opened = await at(path);
    const { page } = opened;
    await page.waitForLoadState('networkidle').catch(() => {});
    await expectAccessible(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await expectAccessible(page);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(overflow), 'sideways scroll at phone width').toBe(0);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await page.evaluate(overflow), 'sideways scroll at 320 px (WCAG 1.4.10)').toBe(0);
    expect(opened.complaints(/status of 404/)).toEqual([]);
  });

  test('that does not exist says so', async () => {
    await using opened = await at('/nergens');
    const { page } = opened;
    await page.getByRole('heading', { name: 'Pagina niet gevonden' }).waitFor();
    await page.goto(`${server.url}/locations/99ZZ99`);
    await page.getByText('Er is geen locatie 99ZZ99').waitFor();
    await page.goto(`${server.url}/locations/geen-code`);
    await page.getByText('Er is geen locatie geen-code').waitFor();
    await page.getByRole('link', { name: 'Naar alle locaties' }).click();
    await page.getByRole('heading', { name: 'Locaties', level: 1 }).waitFor();
    expect(opened.complaints(/status of 40[04]/)).toEqual([]);
  });

  test('can be gone through with the keyboard alone', async () => {
    await using opened = await at('/');
    const { page } = opened;
    const focused = () => page.locator(':focus');
    const tabTo = async (name: RegExp) => {
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press('Tab');
        const text = await page.evaluate(
          'document.activeElement.type === "search" ? "search" : document.activeElement.textContent',
        );
        if (name.test(String(text))) return;
      }
      throw new Error(`no Tab led to ${name}`);
    };
    await rowNames(page).first().waitFor();
    await page.keyboard.press('Tab');
    expect(await focused().textContent()).toBe('Naar de inhoud');
    await page.keyboard.press('Enter');
    await tabTo(/Wisselend/);
    await page.keyboard.press('Space');
    await page.waitForURL('**/?verdict=intermittent');
    await tabTo(/^search$/);
    await page.keyboard.type('wissel');
    await tabTo(/Sorteren op Locatie/);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?q=wissel&verdict=intermittent&sort=name');
    await tabTo(new RegExp(PLACES.intermittent.name));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: PLACES.intermittent.name, level: 1 }).waitFor();
    expect(await focused().getAttribute('id')).toBe('main');
    await tabTo(/^Locaties$/);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Locaties', level: 1 }).waitFor();
    expect(opened.complaints()).toEqual([]);
  });
});

/** How many pixels of the first chart are painted. */
function inkOf(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('.chart canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, at) => at % 4 === 3 && value > 0).length;
  })()`);
}

async function cookieOf(page: Page): Promise<string> {
  const [cookie] = await page.context().cookies();
  return `${cookie?.name}=${cookie?.value}`;
}
