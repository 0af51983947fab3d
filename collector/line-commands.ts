// The commands on lines: listed, added, changed, ended. The location is judged anew by what changed.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import {
  isRunning,
  type Line,
  type LineChange,
  type LineFacts,
  lineChangeSchema,
  lineFactsSchema,
  lineKindSchema,
  lineRoleSchema,
} from '#shared/model/line.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { locationCode } from './command-arguments.ts';
import type { CollectorEdge } from './edge.ts';
import { openRegistryOf } from './open-registry.ts';
import type { Registry } from './registry/registry.ts';
import type { StoreOptions } from './stores.ts';

/** False: to be unknown again. */
interface LineFlags {
  readonly name?: string;
  readonly role?: LineFacts['role'];
  readonly kind?: LineFacts['kind'];
  readonly provider?: string | false;
  readonly down?: number | false;
  readonly up?: number | false;
}

/** `stores` reads the settings; each command opens and closes what it needs. */
export function addLineCommands(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  const line = program
    .command('line')
    .description('the lines of a location: what is known of them, and which of them run');
  line
    .command('list')
    .description('print the lines of a location, one JSON object each')
    .argument('<location>', 'vestigingscode, such as 16SW03', locationCode)
    .action(async (location: string) => {
      await using registry = await openRegistryOf(stores);
      await knownLocation(registry, location);
      for (const each of await registry.lines(location)) edge.stdout(`${textOf(each)}\n`);
    });
  withFacts(
    line
      .command('add')
      .description('add a line to a location')
      .argument('<location>', 'vestigingscode, such as 16SW03', locationCode)
      .argument('<name>', 'name of the line'),
  ).action(async (location: string, name: string, flags: LineFlags) => {
    const given = changeOf({ role: 'main', kind: 'unknown', ...flags, name });
    const facts = checked(lineFactsSchema.safeParse(given));
    await change(edge, stores, location, (registry) => registry.addLine(location, facts));
  });
  withFacts(
    line
      .command('change')
      .description('change what is known of a running line')
      .argument('<location>', 'vestigingscode, such as 16SW03', locationCode)
      .argument('<line>', 'name of the line')
      .option('--name <name>', 'another name'),
  )
    .option('--no-provider', 'nobody knows any more who sells it')
    .option('--no-down', 'nor its contracted download')
    .option('--no-up', 'nor its contracted upload')
    .action(async (location: string, name: string, flags: LineFlags) => {
      const given = checked(lineChangeSchema.safeParse(changeOf(flags)));
      if (Object.keys(given).length === 0) {
        throw new AppError('bad_usage', 'give what changes, such as --kind fibre or --down 1000');
      }
      await change(edge, stores, location, async (registry) =>
        registry.changeLine((await namedLine(registry, location, name)).id, given),
      );
    });
  line
    .command('end')
    .description('end a line: it is kept, and has no further say in the verdict')
    .argument('<location>', 'vestigingscode, such as 16SW03', locationCode)
    .argument('<line>', 'name of the line')
    .action(async (location: string, name: string) => {
      await change(edge, stores, location, async (registry, now) =>
        registry.endLine((await namedLine(registry, location, name)).id, now),
      );
    });
}

/** The running line of that name, whatever its case. Throws `not_found`. */
export async function namedLine(
  registry: Pick<Registry, 'location' | 'lines'>,
  locationId: string,
  name: string,
): Promise<Line> {
  await knownLocation(registry, locationId);
  const running = (await registry.lines(locationId)).filter(isRunning);
  const found = running.find((line) => line.name.toLowerCase() === name.trim().toLowerCase());
  if (found !== undefined) return found;
  const names = running.map((line) => line.name).join(', ') || 'none';
  throw new AppError(
    'not_found',
    `location ${locationId} has no running line ${name}; it has ${names}`,
  );
}

async function knownLocation(
  registry: Pick<Registry, 'location'>,
  locationId: string,
): Promise<void> {
  if ((await registry.location(locationId)) !== undefined) return;
  throw new AppError('not_found', `there is no location ${locationId}; import it first`);
}

async function change(
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
  locationId: string,
  work: (registry: Registry, now: number) => Promise<Line>,
): Promise<void> {
  const options = await stores();
  const { openRegistry } = await import('./stores.ts');
  await using registry = await openRegistry(options);
  const line = await work(registry, options.clock.now());
  edge.stdout(`${textOf(line)}\n`);
  const { judgeAgain } = await import('./judge-again.ts');
  await judgeAgain(options, registry, [locationId]);
}

function withFacts(command: Command): Command {
  return command
    .addOption(
      new Option('--role <role>', 'a backup line has no say in the verdict').choices(
        lineRoleSchema.options,
      ),
    )
    .addOption(new Option('--kind <kind>', 'what it is made of').choices(lineKindSchema.options))
    .option('--provider <name>', 'who sells it')
    .option('--down <mbps>', 'contracted download, Mbit/s', mbps)
    .option('--up <mbps>', 'contracted upload, Mbit/s', mbps);
}

function changeOf({ provider, down, up, ...rest }: LineFlags): LineChange {
  return {
    ...rest,
    ...(provider === undefined ? {} : { provider: provider === false ? null : provider }),
    ...(down === undefined ? {} : { contractedDownMbps: down === false ? null : down }),
    ...(up === undefined ? {} : { contractedUpMbps: up === false ? null : up }),
  };
}

/** Throws `bad_usage`. */
function checked<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('bad_usage', `${issue?.path.join('.')}: ${issue?.message}`);
}

function mbps(text: string): number {
  // 1.000 is a thousand to one reader and one to another.
  const value = /^[0-9]+([.,][0-9]{1,2})?$/.test(text) ? Number(text.replace(',', '.')) : 0;
  if (value > 0 && value <= 1_000_000) return value;
  throw new InvalidArgumentError('It must be a number of Mbit/s above 0, such as 1000 or 12.5.');
}

function textOf({ createdAt, endedAt, ...line }: Line): string {
  const iso = (at: number) => new Date(at).toISOString();
  return JSON.stringify({
    ...line,
    createdAt: iso(createdAt),
    endedAt: endedAt === null ? null : iso(endedAt),
  });
}
