// The first account. A start without any people makes a one-time token, which whoever can read
// the collector's output holds; only its hash is kept. A later start makes a fresh one.
import { AppError } from '#shared/runtime/errors.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Person } from '#shared/wire/api.ts';
import type { Registry } from '../registry/registry.ts';
import { canonicalEmail } from './authenticator.ts';
import { hashPassword } from './password.ts';
import { hashSecret, isSecretOf, newSecret } from './secrets.ts';

const FACT = 'setup_token_hash';

export interface SetupRequest {
  readonly token: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

export interface Setup {
  /** Makes a fresh token, which ends any earlier one; undefined once there is an account. */
  newToken(): Promise<string | undefined>;
  isNeeded(): Promise<boolean>;
  /** Makes the first operator. Throws `setup_token_wrong`. */
  use(request: SetupRequest): Promise<Person>;
}

export interface SetupDeps {
  readonly registry: Pick<Registry, 'people' | 'addPerson' | 'fact' | 'setFact'>;
  readonly random: Random;
  readonly newId: () => string;
}

export function createSetup({ registry, random, newId }: SetupDeps): Setup {
  const isNeeded = async () => (await registry.people()).length === 0;
  const create = async (request: SetupRequest): Promise<Person> => {
    const hash = await registry.fact(FACT);
    const isRight = hash !== undefined && isSecretOf(request.token, hash);
    if (!isRight || !(await isNeeded())) {
      throw new AppError(
        'setup_token_wrong',
        'this set-up link is wrong, used or replaced by a later start; restart the collector and use the link that it prints',
      );
    }
    const person: Person = {
      id: newId(),
      email: canonicalEmail(request.email),
      name: request.name,
      role: 'operator',
      boardIds: null,
    };
    await registry.addPerson(person, await hashPassword(request.password, random));
    await registry.setFact(FACT, undefined);
    return person;
  };
  // One after the other: two requests with the right token must not both find nobody.
  let last: Promise<unknown> = Promise.resolve();
  return {
    newToken: async () => {
      if (!(await isNeeded())) return undefined;
      const token = newSecret(random);
      await registry.setFact(FACT, hashSecret(token));
      return token;
    },
    isNeeded,
    use: (request) => {
      const mine = last.then(() => create(request));
      last = mine.catch(() => {});
      return mine;
    },
  };
}
