// The commands on tokens: with one a program uses the API as an account, and sees no more than it does.
import type { Command } from 'commander';
import { systemClock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { systemRandom } from '#shared/runtime/random.ts';
import type { Person } from '#shared/wire/api.ts';
import { canonicalEmail } from './api/authenticator.ts';
import { createSessions } from './api/sessions.ts';
import { wholeDays } from './command-arguments.ts';
import type { CollectorEdge } from './edge.ts';
import { openRegistryOf } from './open-registry.ts';
import type { Registry } from './registry/registry.ts';
import type { StoreOptions } from './stores.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;

/** `stores` reads the settings; each command opens and closes what it needs. */
export function addTokenCommands(
  program: Command,
  edge: CollectorEdge,
  stores: () => Promise<StoreOptions>,
): void {
  const open = () => openRegistryOf(stores);
  const token = program.command('token').description('tokens with which programs use the API');
  token
    .command('add')
    .description(
      'print a new token of an account; it is shown this once, and sees what the account sees',
    )
    .argument('<e-mail>', 'of the account')
    .option('--days <n>', 'days that it holds', wholeDays, DEFAULT_DAYS)
    .action(async (email: string, { days }: { readonly days: number }) => {
      await using registry = await open();
      const person = await account(registry, email);
      const sessions = createSessions({ registry, clock: systemClock, random: systemRandom });
      edge.stdout(`${await sessions.start(person, days * DAY_MS)}\n`);
    });
  token
    .command('end')
    .description('end all tokens of an account at once, and its sessions on the pages')
    .argument('<e-mail>', 'of the account')
    .action(async (email: string) => {
      await using registry = await open();
      const person = await account(registry, email);
      edge.stdout(`${await registry.removeSessionsOf(person.id)}\n`);
    });
}

/** Throws `not_found`. */
async function account(registry: Registry, email: string): Promise<Person> {
  const known = await registry.credentials(canonicalEmail(email));
  if (known !== undefined) return known.person;
  throw new AppError('not_found', `there is no account ${email}; add one on the pages first`);
}
