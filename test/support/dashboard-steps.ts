// What a person does on the pages, and what every page must be, for the tests of the pages.
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { openPage, type WatchedPage } from './chromium.ts';
import type { DashboardServer } from './dashboard-server.ts';

export const PERSON = {
  name: 'Beheer',
  email: 'beheer@example.nl',
  password: 'een lang genoeg wachtwoord',
};

/** Makes the first account by the link and waits for the list. */
export async function signUp(page: Page, setupUrl: string): Promise<void> {
  await page.goto(setupUrl);
  await page.getByLabel('Naam').fill(PERSON.name);
  await page.getByLabel('E-mailadres').fill(PERSON.email);
  await page.getByLabel('Wachtwoord').fill(PERSON.password);
  await page.getByRole('button', { name: 'Account maken' }).click();
  await page.getByRole('heading', { name: 'Locaties', level: 1 }).waitFor();
}

export async function signIn(
  page: Page,
  { email, password }: Pick<typeof PERSON, 'email' | 'password'> = PERSON,
): Promise<void> {
  await page.getByLabel('E-mailadres').fill(email);
  await page.getByLabel('Wachtwoord').fill(password);
  await page.getByRole('button', { name: 'Inloggen' }).click();
}

/** The cookies of the first account, made by the way that a script would. */
export async function signedUpState(
  server: DashboardServer,
): Promise<NonNullable<BrowserContextOptions['storageState']>> {
  const token = new URL(await server.setupUrl()).searchParams.get('token');
  const reply = await fetch(`${server.url}/api/v1/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...PERSON, token }),
  });
  expect(reply.status).toBe(201);
  return stateOf(server, reply);
}

export function stateOf(
  server: DashboardServer,
  reply: Response,
): NonNullable<BrowserContextOptions['storageState']> {
  const [pair = ''] = (reply.headers.get('set-cookie') ?? '').split(';');
  const [name = '', value = ''] = pair.split('=');
  const cookie = {
    ...{ name, value, domain: new URL(server.url).hostname, path: '/' },
    ...{ expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' as const },
  };
  return { cookies: [cookie], origins: [] };
}

/** A page at `path`, signed in, once its heading is there. */
export async function openAt(
  browser: Browser,
  server: DashboardServer,
  path: string,
  options: BrowserContextOptions,
): Promise<WatchedPage> {
  const opened = await openPage(browser, options);
  await opened.page.goto(`${server.url}${path}`);
  await opened.page.getByRole('heading', { level: 1 }).waitFor();
  return opened;
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** No violation of WCAG 2.2 A and AA that axe can find, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' ')}`);
    expect(found, `${page.url()} in ${colorScheme}`).toEqual([]);
  }
}
