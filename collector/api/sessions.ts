// Sessions of people who signed in: a random secret in a cookie, or a program's bearer token, its hash
// in the registry.
import type { Ms } from '#shared/model/units.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Person } from '#shared/wire/api.ts';
import type { Registry } from '../registry/registry.ts';
import { hashSecret, newSecret } from './secrets.ts';

/** A working day; then a person signs in again. */
export const SESSION_MS = 12 * 3_600_000;

export interface Sessions {
  /** Resolves with the secret, which is kept nowhere. */
  start(person: Person, lastsMs?: Ms): Promise<string>;
  personOf(secret: string): Promise<Person | undefined>;
  end(secret: string): Promise<void>;
}

export interface SessionDeps {
  readonly registry: Pick<Registry, 'addSession' | 'sessionPerson' | 'removeSession'>;
  readonly clock: Clock;
  readonly random: Random;
}

export function createSessions({ registry, clock, random }: SessionDeps): Sessions {
  return {
    start: async (person, lastsMs = SESSION_MS) => {
      const secret = newSecret(random);
      await registry.addSession(hashSecret(secret), person.id, clock.now() + lastsMs);
      return secret;
    },
    personOf: (secret) => registry.sessionPerson(hashSecret(secret), clock.now()),
    end: (secret) => registry.removeSession(hashSecret(secret)),
  };
}
