// The commands on dossiers: list, show, ask a school; by a person at the collector's own machine.
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { type DossierState, dossierStateSchema } from '#shared/model/dossier.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import { wholeDays } from './command-arguments.ts';
import type { CollectorEdge } from './edge.ts';
import type { StoreOptions } from './stores.ts';

interface ListFlags {
  readonly state?: string;
  readonly board?: string;
  readonly json?: true;
}

interface InviteFlags {
  readonly email?: string;
  readonly days?: number;
  readonly reason: string;
}

type Stores = () => Promise<StoreOptions>;

/** `stores` reads the settings; each command opens and closes what it needs. */
export function addDossierCommands(program: Command, edge: CollectorEdge, stores: Stores): void {
  const dossier = program
    .command('dossier')
    .description('maatwerk cases: list, show, ask a school');
  dossier
    .command('list')
    .description('a line a dossier: location, state, since, deadline, name')
    .option('--state <state>', 'only in this state, such as wants_better')
    .option('--board <number>', 'only of this board, such as 41234')
    .option('--json', 'one JSON object a dossier, with every step')
    .action((flags: ListFlags) => list(edge, stores, flags));
  dossier
    .command('show')
    .description('every step of the dossier of a location, oldest first')
    .argument('<location>', 'vestigingscode, such as 16SW03')
    .action((location: string) => show(edge, stores, location));
  dossier
    .command('invite')
    .description('ask a school for its own view; prints the link to the survey')
    .argument('<location>', 'vestigingscode, such as 16SW03')
    .option('--email <address>', 'put a mail with the link in the outbox')
    .option('--days <n>', 'days in which the school can answer', wholeDays)
    .option('--reason <text>', 'why, for the dossier', 'asked from the command line')
    .action((location: string, flags: InviteFlags) => invite(edge, stores, location, flags));
}

async function list(edge: CollectorEdge, stores: Stores, flags: ListFlags): Promise<void> {
  const filter = {
    ...(flags.state === undefined ? {} : { state: stateOf(flags.state) }),
    ...(flags.board === undefined ? {} : { boardId: flags.board }),
  };
  const options = await stores();
  const { openRegistry } = await import('./stores.ts');
  const { dueAt } = await import('./dossiers/deadlines.ts');
  const { localDay } = await import('./dossiers/local-day.ts');
  const deadlines = await deadlinesOf(options);
  await using registry = await openRegistry(options);
  const dossiers = await registry.dossiers.dossiers(undefined, filter);
  const names = new Map((await registry.locations(undefined, 'all')).map((l) => [l.id, l.name]));
  for (const dossier of dossiers) {
    const { locationId, state, since, setAside } = dossier;
    if (flags.json) {
      edge.stdout(`${JSON.stringify(dossier)}\n`);
      continue;
    }
    const due = dueAt(dossier, deadlines);
    const columns = [
      locationId,
      `${state}${setAside === null ? '' : ' (set aside)'}`,
      `since ${localDay(Date.parse(since))}`,
      due === undefined ? 'no deadline' : `due ${localDay(due)}`,
      names.get(locationId) ?? '',
    ];
    edge.stdout(`${columns.join('\t')}\n`);
  }
}

async function show(edge: CollectorEdge, stores: Stores, locationId: string): Promise<void> {
  const { openRegistry } = await import('./stores.ts');
  const { eventText, STATE_TEXTS } = await import('./dossiers/state-texts.ts');
  const { noDossier } = await import('./dossiers/desk.ts');
  await using registry = await openRegistry(await stores());
  const dossier = await registry.dossiers.dossier(locationId);
  if (dossier === undefined) throw noDossier(locationId);
  const { state, version, steps } = dossier;
  edge.stdout(`${locationId}: ${STATE_TEXTS[state].en}, version ${version}\n`);
  for (const { number, at, author, reason, event } of steps) {
    const who = author.kind === 'person' ? author.name : author.kind;
    edge.stdout(`${number}\t${at}\t${who}\t${eventText(event).en}\t${reason}\n`);
  }
}

/** The link is kept nowhere in clear but in a mail that waits. */
async function invite(
  edge: CollectorEdge,
  stores: Stores,
  locationId: string,
  flags: InviteFlags,
): Promise<void> {
  const options = await stores();
  const { settings, clock } = options;
  const { openRegistry } = await import('./stores.ts');
  const { createDesk } = await import('./dossiers/desk.ts');
  const { publicUrlOf } = await import('./config/addresses.ts');
  await using registry = await openRegistry(options);
  const desk = createDesk({
    ...{ registry, clock, random: systemRandom, newId: () => randomUUID() },
    deadlines: await deadlinesOf(options),
    // Who has a page open sees it at the next look.
    events: { changed: () => {} },
    pagesUrl: () => publicUrlOf(settings, settings),
  });
  const { link } = await desk.invite({ locationId, author: { kind: 'command_line' }, ...flags });
  edge.stdout(`${link}\n`);
}

async function deadlinesOf({ settings }: StoreOptions) {
  const { DEFAULT_DEADLINES } = await import('./dossiers/deadlines.ts');
  return settings.dossierDeadlines ?? DEFAULT_DEADLINES;
}

function stateOf(text: string): DossierState {
  const parsed = dossierStateSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'bad_usage',
    `--state ${text}: there is no such state; it is one of ${dossierStateSchema.options.join(', ')}`,
  );
}
