// The command that brings DUO's files in, or says what they would change.
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { sectorSchema } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { CollectorEdge } from './edge.ts';
import type { MergeChoice } from './import/plan-merges.ts';
import type { ImportFile } from './import/read-files.ts';
import type { Registry } from './registry/registry.ts';
import type { StoreOptions } from './stores.ts';

interface ImportFlags {
  readonly preview?: true;
  readonly json?: true;
  readonly sector?: 'po' | 'vo' | 'so';
  readonly merge?: true | readonly { readonly from: string; readonly to: string }[];
  readonly closeMany?: true;
  readonly coordinates?: readonly string[];
  readonly locate?: true;
}

export function addImport(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  program
    .command('import')
    .description("import school locations from DUO's open data; all of the files or nothing")
    .argument('[files...]', 'locations, pupils, boards, overgangen, told by their headers')
    .option('--preview', 'say what would change and change nothing')
    .option('--json', 'print what changes as one JSON object')
    .addOption(
      new Option('--sector <sector>', 'of the locations, where files do not say it').choices(
        sectorSchema.options,
      ),
    )
    .option(
      '--merge [from=to...]',
      'let these locations go on as others, with lines and devices; without names: all that are proposed',
      mergePair,
    )
    .option('--close-many', 'close however many locations are in no file')
    .option('--coordinates <file...>', 'postcodes with latitude and longitude, or x and y')
    .option('--locate', "ask PDOK's Locatieserver for what has no coordinates (MEETNET_PDOK_URL)")
    .action(async (paths: readonly string[], flags: ImportFlags) => {
      const files = await Promise.all([...paths, ...(flags.coordinates ?? [])].map(importFile));
      if (files.length === 0 && !flags.locate) {
        throw new AppError('bad_usage', 'give at least one file, or --locate');
      }
      await runImport(edge, await stores(), files, flags);
    });
}

async function runImport(
  edge: CollectorEdge,
  options: StoreOptions,
  files: readonly ImportFile[],
  flags: ImportFlags,
): Promise<void> {
  const { openRegistry } = await import('./stores.ts');
  await using registry = await openRegistry(options);
  if (files.length > 0) await bringIn(edge, options, registry, files, flags);
  if (flags.locate && !flags.preview) await locateAll(edge, options, registry);
}

async function locateAll(
  edge: CollectorEdge,
  { settings, clock }: StoreOptions,
  registry: Registry,
): Promise<void> {
  if (settings.pdokUrl === undefined) {
    throw new AppError(
      'bad_settings',
      'MEETNET_PDOK_URL is not set, so nobody is asked where locations are; set it, or give --coordinates FILE',
    );
  }
  const { askPdok } = await import('./import/pdok.ts');
  const { locate } = await import('./import/locate.ts');
  const ask = askPdok({ url: settings.pdokUrl, clock });
  const { found, unknown, withoutPostcode } = await locate({
    ...{ registry, ask, clock, signal: edge.signal },
  });
  edge.stdout(
    `located: ${found}; not known to the Locatieserver: ${unknown}; without a postcode: ${withoutPostcode}\n`,
  );
}

async function bringIn(
  edge: CollectorEdge,
  options: StoreOptions,
  registry: Registry,
  files: readonly ImportFile[],
  flags: ImportFlags,
): Promise<void> {
  const { changedEvidence, importFiles } = await import('./import/import.ts');
  const { reportOf } = await import('./import/report.ts');
  const merge: MergeChoice | undefined = flags.merge === true ? 'proposed' : flags.merge;
  const plan = await importFiles(registry, files, options.clock.now(), {
    mode: flags.preview ? 'preview' : 'write',
    closeMany: flags.closeMany === true,
    ...(merge === undefined ? {} : { merge }),
    ...(flags.sector === undefined ? {} : { sector: flags.sector }),
  });
  const lines = flags.json ? [JSON.stringify(plan)] : reportOf(plan);
  for (const line of lines) edge.stdout(`${line}\n`);
  if (flags.preview) {
    if (!flags.json) edge.stdout('preview: nothing was changed\n');
    return;
  }
  const { judgeAgain } = await import('./judge-again.ts');
  await judgeAgain(options, registry, changedEvidence(plan));
}

async function importFile(path: string): Promise<ImportFile> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('bad_import', `${path} cannot be read: ${cause.message}`, { cause });
  });
  return { name: path, bytes };
}

function mergePair(
  text: string,
  earlier: readonly { from: string; to: string }[] | true | undefined,
): readonly { from: string; to: string }[] {
  const [from, to, ...more] = text.toUpperCase().split('=');
  if (!from || !to || more.length > 0) {
    throw new InvalidArgumentError(
      'It must be two locations, such as 16SW03=20AB00; files go before it.',
    );
  }
  return [...(Array.isArray(earlier) ? earlier : []), { from, to }];
}
