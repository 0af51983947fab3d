// The commands on overrules: an operator's say that goes before the computed verdict, for a while.
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import {
  OVERRULE_OUTCOMES,
  overruleRequestSchema,
  overruleWithdrawalRequestSchema,
} from '#shared/model/overrule.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { wholeDays } from './command-arguments.ts';
import type { CollectorEdge } from './edge.ts';
import { openRegistryOf } from './open-registry.ts';
import type { StoreOptions } from './stores.ts';

const DAY_MS = 86_400_000;

interface OverruleFlags {
  readonly reason: string;
  readonly author: string;
}

/** `stores` reads the settings; each command opens and closes what it needs. */
export function addOverruleCommands(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  const open = () => openRegistryOf(stores);
  const overrule = program
    .command('overrule')
    .description('overrule the verdict on a location for a while; it goes on being computed');
  overrule
    .command('list')
    .description('print the overrules of a location, ended ones too, one JSON object each')
    .argument('<location>', 'vestigingscode, such as 16SW03')
    .action(async (location: string) => {
      await using registry = await open();
      if ((await registry.location(location)) === undefined) {
        throw new AppError('not_found', `there is no location ${location}`);
      }
      for (const each of await registry.overrules(location)) {
        edge.stdout(`${JSON.stringify(each)}\n`);
      }
    });
  overrule
    .command('add')
    .description('overrule; it ends by itself')
    .argument('<location>', 'vestigingscode, such as 16SW03')
    .argument('<outcome>', OVERRULE_OUTCOMES.join(', '))
    .requiredOption('--reason <text>', 'why, in at least 10 characters')
    .requiredOption('--author <name>', 'who says so')
    .requiredOption('--days <n>', 'days that it holds', wholeDays)
    .action(async (location: string, outcome: string, flags: OverruleFlags & { days: number }) => {
      const now = systemClock.now();
      const endsAt = new Date(now + flags.days * DAY_MS).toISOString();
      const request = checked(overruleRequestSchema, { outcome, reason: flags.reason, endsAt });
      await using registry = await open();
      const id = randomUUID();
      await registry.addOverrule({
        ...request,
        ...{ id, locationId: location, author: commandAuthor(flags.author) },
        createdAt: new Date(now).toISOString(),
      });
      edge.stdout(`${id}\n`);
    });
  overrule
    .command('withdraw')
    .description('end an overrule before its time')
    .argument('<location>', 'vestigingscode, such as 16SW03')
    .argument('<id>', 'of the overrule')
    .requiredOption('--reason <text>', 'why, in at least 10 characters')
    .requiredOption('--author <name>', 'who says so')
    .action(async (location: string, id: string, flags: OverruleFlags) => {
      const { reason } = checked(overruleWithdrawalRequestSchema, { reason: flags.reason });
      await using registry = await open();
      const at = new Date(systemClock.now()).toISOString();
      const author = commandAuthor(flags.author);
      const ended = await registry.withdrawOverrule(location, id, { at, author, reason });
      edge.stdout(`${JSON.stringify(ended)}\n`);
    });
}

/** Whoever may run commands beside the stores has no account there. */
function commandAuthor(name: string) {
  return { id: 'command-line', name };
}

function checked<T>(
  schema: {
    safeParse(
      value: unknown,
    ):
      | { success: true; data: T }
      | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
  },
  value: unknown,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new AppError('bad_usage', faults.join('; '));
}
