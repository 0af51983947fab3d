// The files of a pack as others read them: poppler for the report, OpenSSL for the signature; and a
// check that finds whatever was changed.
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkPack, MAX_ZIP_BYTES } from '#collector/evidence-pack/check-pack.ts';
import { fileOf, writePack } from '#collector/evidence-pack/files.ts';
import { jwsFault } from '#collector/evidence-pack/jws.ts';
import { publicJwkOf } from '#collector/evidence-pack/key.ts';
import { evidencePackOf } from '#collector/evidence-pack/pack.ts';
import { evidencePackSchema } from '#shared/wire/evidence-pack.ts';
import { type TemporaryFolder, temporaryFolder } from '#test/support/temporary-folder.ts';
import { packSample } from './pack-samples.ts';

const { privateKey: key } = generateKeyPairSync('ed25519');
const jwk = publicJwkOf(key);
const pack = evidencePackOf(packSample({ hasBackup: true }));
const small = evidencePackOf(packSample({ days: 3 }));

let folder: TemporaryFolder;
let zip: Uint8Array;
beforeAll(async () => {
  folder = await temporaryFolder();
  zip = (await writePack(small, { format: 'zip', lang: 'nl', key })).bytes;
});
afterAll(() => folder[Symbol.asyncDispose]());

function fileWith(name: string, bytes: Uint8Array): string {
  const path = join(folder.path, name);
  writeFileSync(path, bytes);
  return path;
}

test.each([
  [
    'nl',
    ['blijft onder de norm', 'minder dan de norm van 500 Mbit/s', 'Alle metingen', 'Pagina 1 van'],
  ],
  ['en', ['stays below the norm', 'less than the norm of 500 Mbit/s', 'All tests', 'Page 1 of']],
] as const)(
  'the report in %s says the verdict, the shortfall and every test',
  async (lang, words) => {
    const path = fileWith(`${lang}.pdf`, await fileOf('report.pdf', pack, lang));
    const text = execFileSync('pdftotext', ['-layout', path, '-'], { encoding: 'utf8' });
    const flat = text.replaceAll(/\s+/g, ' ');
    // Without the whole report in the message of a failure.
    const expectIn = (part: string) => expect([part, flat.includes(part)]).toEqual([part, true]);
    for (const word of words) expectIn(word);
    const { reading, norm, contract } = pack.lines[0]?.findings.download ?? {};
    const number = new Intl.NumberFormat(lang === 'nl' ? 'nl-NL' : 'en-GB', {
      maximumFractionDigits: 1,
    });
    expectIn(`${number.format(reading?.mbps ?? 0)} Mbit/s`);
    expectIn(
      `${Math.round(norm?.shortfallMbps ?? 0)} Mbit/s (${number.format(100 * (norm?.shortfallShare ?? 0))}%)`,
    );
    expectIn(
      `${number.format(contract?.shortfallMbps ?? 0)} Mbit/s (${number.format(100 * (contract?.shortfallShare ?? 0))}%)`,
    );
    for (const sign of [
      'De Zoë',
      '≥ 4',
      '500/40-2026.2',
      'http://127.0.0.1:8081',
      'capacity_below',
    ]) {
      expectIn(sign);
    }
    // A row begins with its time.
    const rows = [...text.matchAll(/^ *2026-\d\d-\d\d \d\d:\d\d:\d\d /gm)];
    expect(rows).toHaveLength(pack.counts.tests);

    const fonts = execFileSync('pdffonts', [path], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .slice(2);
    expect(fonts).toHaveLength(2);
    for (const font of fonts) expect(font).toMatch(/DejaVuSans.* yes yes yes /);
    const info = execFileSync('pdfinfo', [path], { encoding: 'utf8' });
    expect(info).toMatch(/^Tagged: +yes$/m);
    expect(info).toMatch(/^Title: .*De Zoë \(16SW03\)$/m);
  },
);

test('the table and the JSON hold every test; the same pack is the same bytes', async () => {
  const again = await writePack(small, { format: 'zip', lang: 'nl', key });
  expect(Buffer.from(again.bytes).equals(zip)).toBe(true);
  expect(again.name).toBe('meetnet-evidence-16SW03-2026-03-20.zip');
  const files = unzipSync(zip);
  const json = evidencePackSchema.parse(
    JSON.parse(Buffer.from(files['pack.json'] ?? []).toString()),
  );
  expect(json).toEqual(small);
  const rows: string[][] = parse(Buffer.from(files['tests.csv'] ?? []), {
    bom: true,
    delimiter: ';',
  });
  expect(rows.slice(1).map(([id]) => id)).toEqual(small.tests.map(({ id }) => id));
  const down = rows[0]?.indexOf('Down: IP-laag (Mbit/s)') ?? -1;
  const first = small.tests[0]?.download?.ipCapacity;
  expect(rows[1]?.[down]).toBe(String(first).replace('.', ','));
});

test('OpenSSL agrees with the signature, on the ZIP’s manifest and on a single file', async () => {
  const files = unzipSync(zip);
  const csv = await writePack(small, { format: 'csv', lang: 'en', key });
  const signed = [
    [Buffer.from(files['manifest.jws'] ?? []).toString(), files['manifest.json']],
    [csv.jws, csv.bytes],
  ] as const;
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
  const keyFile = fileWith('public.pem', strToU8(pem));
  for (const [jws = '', payload = new Uint8Array()] of signed) {
    const [header = '', middle, signature = ''] = jws.split('.');
    expect(middle).toBe('');
    const input = `${header}.${Buffer.from(payload).toString('base64url')}`;
    const verify = (text: string) =>
      execFileSync(
        'openssl',
        [
          ...['pkeyutl', '-verify', '-pubin', '-inkey', keyFile, '-rawin'],
          ...['-in', fileWith('input', strToU8(text))],
          ...['-sigfile', fileWith('signature', Buffer.from(signature, 'base64url'))],
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
      );
    expect(verify(input)).toContain('Signature Verified Successfully');
    expect(() => verify(`${input}A`)).toThrow();
    expect(jwsFault(jws, payload, jwk)).toBeUndefined();
  }
});

test('any one changed byte of any file is found', () => {
  expect(checkPack(zip, jwk).faults).toEqual([]);
  const files = unzipSync(zip);
  for (const [name, bytes] of Object.entries(files)) {
    // Each byte of what is signed directly; of the rest, whose digests are, some.
    const isShort = name.startsWith('manifest');
    const step = isShort ? 1 : Math.ceil(bytes.byteLength / 12);
    for (let at = 0; at < bytes.byteLength; at += step) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const { faults } = checkPack(zipped({ ...files, [name]: changed }), jwk);
      expect([name, at, faults.length]).toEqual([name, at, 1]);
      if (!isShort) expect(faults).toEqual([`${name} was changed after it was signed`]);
    }
  }
});

test('what is wrong with a pack is said by name', () => {
  const files = unzipSync(zip);
  const { 'tests.csv': _, ...without } = files;
  const faults = (bytes: Uint8Array) => checkPack(bytes, jwk).faults.join('; ');
  expect(faults(zipped(without))).toBe('tests.csv is missing');
  expect(faults(zipped({ ...files, '../../etc/cron.d/x': strToU8('*') }))).toBe(
    '"../../etc/cron.d/x" does not belong in a pack',
  );
  expect(faults(strToU8('no ZIP at all'))).toMatch(/no ZIP that can be read/);
  expect(faults(zip.subarray(0, zip.byteLength - 30))).toMatch(/no ZIP that can be read/);
  expect(faults(new Uint8Array(MAX_ZIP_BYTES + 1))).toMatch(/a pack has at most/);
  // 100 MB of zeros take 100 kB packed.
  expect(faults(zipSync({ ...files, 'report.pdf': new Uint8Array(100_000_000) }))).toMatch(
    /report\.pdf would take 100000000 bytes/,
  );
  const twice = twoOfOneName(files);
  expect(faults(twice)).toBe('"pack.json" does not belong in a pack');
  const other = publicJwkOf(generateKeyPairSync('ed25519').privateKey);
  expect(checkPack(zip, other).faults).toEqual([
    `manifest.json: it is signed by another key: ${jwk.kid}, not ${other.kid}`,
  ]);
});

function zipped(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync({ ...files }, { level: 0 });
}

/** Some unpack the first of them, others the last. */
function twoOfOneName(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const bytes = zipped({ ...files, 'pack.JSON': strToU8('{}') });
  const text = Buffer.from(bytes).toString('latin1').replaceAll('pack.JSON', 'pack.json');
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}
