// Evidence packs by command: made beside the stores, checked with the key alone.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openEvidenceKey, publicJwkOf } from '#collector/evidence-pack/key.ts';
import { openSqliteRegistry } from '#collector/registry/sqlite.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { start } from '#test/support/process.ts';
import { BOARDS, LOCATIONS } from '#test/support/registry.ts';
import { silentLog } from '#test/support/silent-log.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';

vi.setConfig({ testTimeout: 90_000 });

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
  await using registry = await openSqliteRegistry({
    ...{ path: join(folder.path, 'registry.db'), clock: systemClock, log: silentLog },
  });
  await registry.importLocations(BOARDS, LOCATIONS);
});
afterEach(() => folder[Symbol.asyncDispose]());

test('a pack is made with a key of the collector’s own, and checked by whoever gets it', async () => {
  const out = join(folder.path, 'pack.zip');
  const made = await run([
    'evidence',
    '16SW03',
    '--line',
    'hoofdlijn',
    '--lang',
    'en',
    '--out',
    out,
  ]);
  expect(made).toEqual({ code: 0, stdout: `${out}\n`, stderr: '' });
  const keyFile = join(folder.path, 'evidence.key');
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600);

  const key = JSON.stringify(publicJwkOf(await openEvidenceKey(keyFile)));
  const good = await run(['verify-evidence', out, '--key', key]);
  expect([good.code, good.stderr]).toEqual([0, '']);
  expect(good.stdout).toMatch(/report\.pdf: as signed .*\n.*location 16SW03, .* as it was signed/s);

  const server = createServer((request, reply) => {
    const isKey = request.url === '/.well-known/meetnet-evidence-key';
    reply.writeHead(isKey ? 200 : 404).end(isKey ? key : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fetched = await run(['verify-evidence', out, '--key', origin]);
  const away = await run(['verify-evidence', out, '--key', `${origin}/elsewhere`]);
  server.close();
  expect([fetched.code, away.code]).toEqual([0, 4]);

  const changed = join(folder.path, 'changed.zip');
  const files = unzipSync(await readFile(out));
  await writeFile(changed, zipSync({ ...files, 'tests.csv': strToU8('other') }));
  const bad = await run(['verify-evidence', changed, '--key', key]);
  expect([bad.code, bad.stdout]).toEqual([8, '']);
  expect(bad.stderr).toMatch(/tests\.csv was changed after it was signed \(bad_evidence\)/);
});

test('what cannot be asked is said', async () => {
  const out = join(folder.path, 'x.zip');
  for (const [args, code, stderr] of [
    [['evidence', '99ZZ99', '--out', out], 1, /no location 99ZZ99/],
    [
      ['evidence', '16SW03', '--line', '5G', '--out', out],
      1,
      /no running line 5G; it has hoofdlijn/,
    ],
    [['evidence', '16SW03', '--from', 'soon', '--out', out], 2, /must be a time/],
    [['evidence', '16SW03'], 2, /--out/],
    [['verify-evidence', out, '--key', '{}'], 2, /no Ed25519 public key as JWK/],
  ] as const) {
    const result = await run(args);
    expect([args, result.code]).toEqual([args, code]);
    expect(result.stderr).toMatch(stderr);
  }
});

async function run(args: readonly string[]) {
  await using running = start('collector/main.ts', args, { MEETNET_DATA: folder.path });
  running.child.stdin?.end();
  const code = await running.exited;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}
