// The survey in real Chromium: without script, with the keyboard, at a phone's width, in both
// languages, without a violation that axe finds.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, openPage } from '#test/support/chromium.ts';
import { expectAccessible } from '#test/support/dashboard-steps.ts';
import { type SurveyAt, startSurvey } from '#test/support/survey.ts';

const PHONE = { width: 360, height: 740 };
let browser: Browser;
let at: SurveyAt;
beforeAll(async () => {
  browser = await launchChromium();
  at = await startSurvey();
});
afterAll(async () => {
  await browser?.close();
  await at?.[Symbol.asyncDispose]();
});

const withoutScript = { javaScriptEnabled: false } as const;
const radio = (page: Page, name: string) => page.getByRole('radio', { name });
const state = async (id: string) => (await at.server.registry.dossiers.dossier(id))?.state;

/** Nothing is wider than the page. */
async function expectFits(page: Page): Promise<void> {
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
}

describe('a head teacher without script', () => {
  test('answers in a few clicks, sees it confirmed, and changes it', async () => {
    const { id, link } = await at.invite();
    await using opened = await openPage(browser, withoutScript);
    const { page } = opened;
    await page.goto(link);
    await page
      .getByRole('heading', { level: 1, name: 'De internetverbinding van uw school' })
      .waitFor();
    // What belongs to a choice shows with it.
    const few = radio(page, 'Wij hebben weinig leerlingen');
    expect(await few.isVisible()).toBe(false);
    await page.getByText('De huidige verbinding volstaat').click();
    await few.check();
    await page.getByRole('button', { name: 'Antwoord versturen' }).click();
    await page.getByRole('heading', { name: 'Dank u wel, uw antwoord is ontvangen' }).waitFor();
    await page.getByText('Wij hebben weinig leerlingen').waitFor();
    expect(await state(id)).toBe('suffices');

    await page.getByRole('link', { name: 'Antwoord veranderen' }).click();
    expect(await radio(page, 'De huidige verbinding volstaat').isChecked()).toBe(true);
    expect(await few.isChecked()).toBe(true);
    await radio(page, 'Wij willen een betere verbinding').check();
    await page.getByRole('button', { name: 'Antwoord versturen' }).click();
    await page.getByText('Wij zoeken een passend aanbod').waitFor();
    expect(await state(id)).toBe('wants_better');
    expect(opened.complaints()).toEqual([]);
  });

  test('in English as well, and the language stays through faults and thanks', async () => {
    const { id, link } = await at.invite();
    await using opened = await openPage(browser, withoutScript);
    const { page } = opened;
    await page.goto(link);
    await page.getByRole('link', { name: 'English' }).click();
    await page.getByText('Better is wanted, but the cost is too much').click();
    await page.getByRole('button', { name: 'Send answer' }).click();
    const faults = page.getByRole('alert');
    await faults.getByText('Your answer has not been sent yet').waitFor();
    expect(await page.title()).toMatch(/^Error: /);
    await faults.getByRole('link', { name: 'Choose which cost is too much' }).click();
    expect(new URL(page.url()).hash).toBe('#cost-one_off');
    await page.getByRole('checkbox', { name: 'The monthly subscription' }).check();
    await page.getByLabel('Number of pupils at this location').fill('38');
    await page.getByLabel('Your name (optional)').fill('J. de Vries');
    await page.getByRole('button', { name: 'Send answer' }).click();
    await page.getByRole('heading', { name: 'Thank you, your answer has arrived' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    const dossier = await at.server.registry.dossiers.dossier(id);
    expect(dossier).toMatchObject({
      state: 'too_costly',
      answer: { view: { cost: 'monthly' }, pupils: 38 },
    });
    expect(opened.complaints(/status of 422/)).toEqual([]);
  });
});

test('with the keyboard alone', async () => {
  const { id, link } = await at.invite();
  await using opened = await openPage(browser);
  const { page } = opened;
  await page.goto(link);
  await page.getByRole('link', { name: 'English' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  expect(await radio(page, 'Wij willen een betere verbinding').isChecked()).toBe(true);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Dank u wel/ }).waitFor();
  expect(await state(id)).toBe('wants_better');
  expect(opened.complaints()).toEqual([]);
});

describe('every page of it', () => {
  test('has no violation, in light and dark, and fits a phone', async () => {
    const { link } = await at.invite();
    await using opened = await openPage(browser, { viewport: PHONE });
    const { page } = opened;
    const look = async () => {
      await expectAccessible(page);
      await expectFits(page);
    };
    await page.goto(link);
    await look();
    for (const choice of [
      'De huidige verbinding volstaat',
      'Beter is gewenst, maar de kosten zijn te hoog',
    ]) {
      await radio(page, choice).check();
      await look();
    }
    await radio(page, 'De huidige verbinding volstaat').check();
    await radio(page, 'Een andere reden').check();
    await look();
    await page.getByLabel('Aantal gebouwen').fill('nul');
    await page.getByRole('button', { name: 'Antwoord versturen' }).click();
    await page.getByRole('alert').waitFor();
    await look();
    await page.getByLabel('Welke reden?').fill('Wij verhuizen naar een nieuw gebouw. '.repeat(10));
    await page.getByLabel('Aantal gebouwen').fill('1');
    await page.getByRole('button', { name: 'Antwoord versturen' }).click();
    await page.getByRole('heading', { name: /Dank u wel/ }).waitFor();
    await look();
    await page.goto(`${at.server.url}/survey/geen-echte-link-van-ons-00`);
    await page.getByRole('heading', { name: 'Deze link werkt niet' }).waitFor();
    await look();
    expect(opened.complaints(/status of (422|404)/)).toEqual([]);
  });
});
