// What a pack costs: from the evidence in memory to the signed file, by period and format.
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePack } from '#collector/evidence-pack/files.ts';
import { evidencePackOf } from '#collector/evidence-pack/pack.ts';
import { EVIDENCE_FORMATS } from '#shared/wire/evidence-pack.ts';
import { packSample } from '#test/collector/evidence-pack/pack-samples.ts';

const PERIODS = [
  { name: '28 days', sample: { days: 28, testsPerDay: 4 } },
  { name: '1 year', sample: { days: 365, testsPerDay: 4 } },
] as const;
/** Where the files are kept to be looked at; without it they are not. */
const [folder] = process.argv.slice(2);
const { privateKey: key } = generateKeyPairSync('ed25519');

process.stdout.write('| period | tests | file | ms | kB |\n|---|---|---|---|---|\n');
for (const { name, sample } of PERIODS) {
  const input = packSample({ ...sample, hasBackup: name === '28 days' });
  const started = performance.now();
  const pack = evidencePackOf(input);
  row(name, pack.counts.tests, 'the pack itself', performance.now() - started);
  for (const format of EVIDENCE_FORMATS) {
    const before = performance.now();
    const lang = name === '28 days' ? 'nl' : 'en';
    const file = await writePack(pack, { format, lang, key });
    row(name, pack.counts.tests, format, performance.now() - before, file.bytes.byteLength);
    if (folder === undefined) continue;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${name.replace(' ', '-')}-${file.name}`), file.bytes);
  }
}

function row(period: string, tests: number, file: string, ms: number, bytes?: number): void {
  const size = bytes === undefined ? '–' : String(Math.round(bytes / 1000));
  process.stdout.write(`| ${period} | ${tests} | ${file} | ${Math.round(ms)} | ${size} |\n`);
}
