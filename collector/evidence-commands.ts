// The commands on evidence packs: made for whoever sends one, checked by whoever gets one.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EpochMs } from '#shared/model/units.ts';
import { systemClock, withDeadline } from '#shared/runtime/clock.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import {
  EVIDENCE_FORMATS,
  EVIDENCE_KEY_PATH,
  type EvidenceKey,
  evidenceKeySchema,
} from '#shared/wire/evidence-pack.ts';
import { normOf } from './config/norm.ts';
import type { CollectorEdge } from './edge.ts';
import type { EvidenceDesk } from './evidence-pack/desk.ts';
import { namedLine } from './line-commands.ts';
import type { StoreOptions } from './stores.ts';
import { COLLECTOR_VERSION } from './version.ts';

type FileAsked = Parameters<EvidenceDesk['file']>[1];

interface EvidenceFlags extends Pick<FileAsked, 'format' | 'lang' | 'from' | 'to'> {
  readonly line?: string;
  readonly out: string;
}

const KEY_DEADLINE_MS = 10_000;
/** A key takes 200. */
const MAX_KEY_BYTES = 10_000;

/** `stores` reads the settings; the command opens and closes what it needs. */
export function addEvidenceCommands(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  program
    .command('evidence')
    .description('write the evidence pack of a location: its verdict and every test, signed')
    .argument('<location>', 'vestigingscode, such as 16SW03')
    .option('--line <name>', 'only about this line')
    .option(
      '--from <time>',
      "tests from then on, such as 2026-01-01; the verdict's own are always there",
      time,
    )
    .option('--to <time>', 'judged as of then (default: the verdict that stands)', time)
    .addOption(new Option('--lang <language>', 'of the report').choices(['nl', 'en']).default('nl'))
    .addOption(
      new Option('--format <format>', 'all of it, or one file')
        .choices(EVIDENCE_FORMATS)
        .default('zip'),
    )
    .requiredOption('--out <file>', 'where it goes')
    .action(async (location: string, { line, out, ...asked }: EvidenceFlags) => {
      const options = await stores();
      const { openRegistry, openSeries } = await import('./stores.ts');
      const { createEvidenceDesk } = await import('./evidence-pack/desk.ts');
      const { readSchoolHolidays } = await import('./config/school-holidays.ts');
      const { EVIDENCE_KEY_FILE, openEvidenceKey } = await import('./evidence-pack/key.ts');
      await using registry = await openRegistry(options);
      await using series = await openSeries(options);
      const found = await registry.location(location);
      if (found === undefined) throw new AppError('not_found', `there is no location ${location}`);
      const desk = createEvidenceDesk({
        ...{ registry, series, norm: normOf(options.settings), clock: systemClock },
        holidays: await readSchoolHolidays(options.settings),
        ...{ key: await openEvidenceKey(join(options.directory, EVIDENCE_KEY_FILE)) },
        version: COLLECTOR_VERSION,
      });
      const lineId =
        line === undefined ? {} : { lineId: (await namedLine(registry, location, line)).id };
      const { bytes } = await desk.file(found, { ...asked, ...lineId });
      await writeFile(out, bytes).catch((cause: unknown) => {
        throw new AppError('bad_usage', `--out ${out} cannot be written: ${messageOf(cause)}`, {
          cause,
        });
      });
      edge.stdout(`${out}\n`);
    });
  program
    .command('verify-evidence')
    .description('is this evidence pack as a collector signed it?')
    .argument('<file>', 'the ZIP of a pack; nothing is unpacked to disk')
    .requiredOption(
      '--key <key>',
      "the signer's public key: address of the collector, file, or the JWK itself",
    )
    .action(async (file: string, { key: given }: { key: string }) => {
      const { checkPack, MAX_ZIP_BYTES } = await import('./evidence-pack/check-pack.ts');
      const key = await keyOf(given);
      const zip = await readBounded(file, MAX_ZIP_BYTES);
      const { manifest, faults } = checkPack(zip, key);
      if (manifest === undefined || faults.length > 0) {
        throw new AppError('bad_evidence', `${file}: ${faults.join('; ')}`);
      }
      const { thumbprintOf } = await import('./evidence-pack/key.ts');
      for (const { name, bytes } of manifest.files)
        edge.stdout(`${name}: as signed (${bytes} bytes)\n`);
      edge.stdout(
        `The pack of location ${manifest.location}, made at ${manifest.madeAt}, is as it was signed by key ${thumbprintOf(key.x)}.\n`,
      );
    });
}

/** From an address, a file or the text itself. */
async function keyOf(given: string): Promise<EvidenceKey> {
  const text = given.trim().startsWith('{')
    ? given
    : /^https?:\/\//.test(given)
      ? await fetchKey(given)
      : new TextDecoder().decode(await readBounded(given, MAX_KEY_BYTES));
  try {
    return evidenceKeySchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError(
      'bad_usage',
      `--key ${given.slice(0, 200)} is no Ed25519 public key as JWK; a collector publishes its own at ${EVIDENCE_KEY_PATH}`,
      { cause },
    );
  }
}

async function fetchKey(address: string): Promise<string> {
  const unreachable = (why: string, cause?: unknown) =>
    new AppError('unreachable', `--key ${address} ${why}`, { cause });
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw new AppError('bad_usage', `--key ${address} is no address`, { cause });
  }
  // Of a collector's bare address it is known where the key is.
  if (url.pathname === '/') url.pathname = EVIDENCE_KEY_PATH;
  const { request } = await import('undici');
  return withDeadline(
    systemClock,
    KEY_DEADLINE_MS,
    () => unreachable(`gave no answer within ${KEY_DEADLINE_MS / 1000} s`),
    async (signal) => {
      const { statusCode, body } = await request(url, { signal });
      let text = '';
      for await (const chunk of body) {
        text += Buffer.from(chunk).toString();
        if (text.length > MAX_KEY_BYTES) throw unreachable('sent more than a key');
      }
      if (statusCode !== 200) throw unreachable(`answered with status ${statusCode}`);
      return text;
    },
  ).catch((cause: unknown) => {
    throw cause instanceof AppError ? cause : unreachable(messageOf(cause), cause);
  });
}

/** Throws `bad_usage` for a file that cannot be read, `bad_evidence` for one that is too large. */
async function readBounded(path: string, most: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > most) {
      throw new AppError('bad_evidence', `${path} has ${size} bytes; at most ${most} can be right`);
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('bad_usage', `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function time(text: string): EpochMs {
  const at = Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw new InvalidArgumentError('It must be a time such as 2026-11-01.');
}
