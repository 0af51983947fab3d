// The command `dossier`: list, show, invite, as a person at the collector's own machine.
import { type DossierState, dossierStateSchema } from '#shared/model/dossier.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Deadlines } from './dossiers/deadlines.ts';
import { dueAt } from './dossiers/deadlines.ts';
import { type Desk, noDossier } from './dossiers/desk.ts';
import { localDay } from './dossiers/local-day.ts';
import { eventText, STATE_TEXTS } from './dossiers/state-texts.ts';
import type { Registry } from './registry/registry.ts';

export interface DossierCommandDeps {
  readonly registry: Registry;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly write: (text: string) => void;
}

export interface ListFlags {
  readonly state?: string;
  readonly board?: string;
  readonly json?: true;
}

/** A line a dossier: location, state, since, deadline, name. Throws `bad_usage` for an unknown state. */
export async function listDossiers(deps: DossierCommandDeps, flags: ListFlags): Promise<void> {
  const filter = {
    ...(flags.state === undefined ? {} : { state: stateOf(flags.state) }),
    ...(flags.board === undefined ? {} : { boardId: flags.board }),
  };
  const dossiers = await deps.registry.dossiers.dossiers(undefined, filter);
  const names = new Map((await deps.registry.locations(undefined)).map((l) => [l.id, l.name]));
  for (const dossier of dossiers) {
    const { locationId, state, since, setAside } = dossier;
    const due = dueAt(dossier, deps.deadlines);
    if (flags.json) {
      deps.write(`${JSON.stringify(dossier)}\n`);
      continue;
    }
    const columns = [
      locationId,
      `${state}${setAside === null ? '' : ' (set aside)'}`,
      `since ${localDay(Date.parse(since))}`,
      due === undefined ? 'no deadline' : `due ${localDay(due)}`,
      names.get(locationId) ?? '',
    ];
    deps.write(`${columns.join('\t')}\n`);
  }
}

/** Every step, oldest first. Throws `not_found`. */
export async function showDossier(deps: DossierCommandDeps, locationId: string): Promise<void> {
  const dossier = await deps.registry.dossiers.dossier(locationId);
  if (dossier === undefined) throw noDossier(locationId);
  deps.write(`${locationId}: ${STATE_TEXTS[dossier.state].en}, version ${dossier.version}\n`);
  for (const { number, at, author, reason, event } of dossier.steps) {
    const who = author.kind === 'person' ? author.name : author.kind;
    deps.write(`${number}\t${at}\t${who}\t${eventText(event).en}\t${reason}\n`);
  }
}

export interface InviteFlags {
  readonly email?: string;
  readonly days?: number;
  readonly reason: string;
}

/** Prints the link; it is kept nowhere in clear but in a mail that waits. */
export async function inviteSchool(
  desk: Desk,
  write: (text: string) => void,
  locationId: string,
  flags: InviteFlags,
): Promise<void> {
  const { link } = await desk.invite({ locationId, author: { kind: 'command_line' }, ...flags });
  write(`${link}\n`);
}

function stateOf(text: string): DossierState {
  const parsed = dossierStateSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new AppError(
    'bad_usage',
    `--state ${text}: there is no such state; it is one of ${dossierStateSchema.options.join(', ')}`,
  );
}
