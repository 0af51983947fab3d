// What a person does on the pages, for tests that are about what comes after.
import type { Page } from 'playwright-core';

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

export async function signIn(page: Page, password = PERSON.password): Promise<void> {
  await page.getByLabel('E-mailadres').fill(PERSON.email);
  await page.getByLabel('Wachtwoord').fill(password);
  await page.getByRole('button', { name: 'Inloggen' }).click();
}
