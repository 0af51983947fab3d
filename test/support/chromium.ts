// Debian's Chromium, driven by playwright-core: a fresh profile for each browser, no traffic of
// its own, and pages that fail the test when they log an error or break the security policy.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { ROOT } from './process.ts';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Throws when this machine has none. */
export function chromiumPath(): string {
  const program = PROGRAMS.find((path) => existsSync(path));
  if (program === undefined) {
    throw new Error('Chromium was not found; these tests need it: apt-get install chromium');
  }
  return program;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: CHROMIUM_FLAGS });
}

export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** What the page complained of, without what `allow` matches. */
  complaints(allow?: RegExp): string[];
}

/** A page in a profile of its own. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    const { hostname } = new URL(request.url());
    if (hostname !== '127.0.0.1') said.push(`request to ${hostname}`);
  });
  return {
    page,
    complaints: (allow) => said.filter((text) => allow === undefined || !allow.test(text)),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Builds the pages when they are absent or their sources changed; the same way as `npm start`. */
export function ensurePages(): void {
  const script = new URL('../../deploy/bin/dashboard.mjs', import.meta.url).href;
  const build = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { ensureDashboard } from ${JSON.stringify(script)}; ensureDashboard();`,
    ],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(build.status, build.stderr).toBe(0);
}
