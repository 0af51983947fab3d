import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '#test/support/temporary-folder.ts';
import { openHarness } from './harness.ts';

const html = { accept: 'text/html,application/xhtml+xml' };

async function builtPages() {
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'assets'));
  await writeFile(
    join(folder.path, 'index.html'),
    '<!doctype html><html><head><title>Meetnet</title></head><body><div id="root"></div></body></html>',
  );
  await writeFile(join(folder.path, 'assets', 'index-a1.js'), 'export {};');
  await writeFile(join(folder.path, '.sources'), 'secret');
  return folder;
}

test('every address of the pages gives the page, with its own nonce and no way for foreign script', async () => {
  await using folder = await builtPages();
  await using at = await openHarness({ pagesFolder: folder.path });
  const nonces = new Set<string>();
  for (const url of ['/', '/setup?token=abc', '/locations/16SW03']) {
    const reply = await at.app.inject({ url, headers: html });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toContain('<div id="root">');
    expect(reply.headers['cache-control']).toBe('no-cache');
    const policy = String(reply.headers['content-security-policy']);
    const nonce = /<meta property="csp-nonce" nonce="([0-9a-f]{32})">/.exec(reply.body)?.[1] ?? '';
    expect(policy).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(policy).toMatch(/script-src 'self'( 'nonce-[0-9a-f]+')?;/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(reply.headers['strict-transport-security']).toBeUndefined();
    expect(reply.headers['referrer-policy']).toBe('no-referrer');
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(3);
});

test('files are served with their type, hashed ones for ever, and nothing beside them', async () => {
  await using folder = await builtPages();
  await using at = await openHarness({ pagesFolder: folder.path });
  const script = await at.app.inject('/assets/index-a1.js');
  expect(script.statusCode).toBe(200);
  expect(script.headers['content-type']).toMatch(/javascript/);
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  for (const url of ['/.sources', '/assets/gone.js', '/..%2f..%2fetc/passwd', '/assets/']) {
    const reply = await at.app.inject(url);
    expect([url, reply.statusCode]).toEqual([url, 404]);
    expect(reply.json().error.code).toBe('not_found');
  }
  const api = await at.app.inject({ url: '/api/v1/nothing', headers: html });
  expect([api.statusCode, api.json().error.code]).toEqual([404, 'not_found']);
});

test('pages that were never built say so', async () => {
  await using at = await openHarness();
  const reply = await at.app.inject({ url: '/', headers: html });
  expect(reply.statusCode).toBe(503);
  expect(reply.body).toContain('npm run build');
});
