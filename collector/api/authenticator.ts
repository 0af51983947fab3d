// Who is it that signs in? Local accounts are the first answer; another way of signing in is
// another implementation of the same interface.
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Person } from '#shared/wire/api.ts';
import type { Registry } from '../registry/registry.ts';
import { type AttemptLimits, createAttempts } from './attempts.ts';
import { verifyPassword } from './password.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Of the caller; tries are counted by it. */
  readonly address: string;
}

export interface Authenticator {
  /** Throws `not_signed_in` for wrong credentials, `too_many_requests` for guessing. */
  authenticate(credentials: Credentials): Promise<Person>;
}

/** A person mistypes a few times; a guesser gets 40 tries an hour at one account. */
const PER_ACCOUNT: AttemptLimits = { max: 10, windowMs: 15 * 60_000 };
/** A school's staff shares one address. */
const PER_ADDRESS: AttemptLimits = { max: 100, windowMs: 15 * 60_000 };

export function createLocalAuthenticator(
  registry: Pick<Registry, 'credentials'>,
  clock: Clock,
): Authenticator {
  const perAccount = createAttempts(PER_ACCOUNT, clock);
  const perAddress = createAttempts(PER_ADDRESS, clock);
  return {
    authenticate: async ({ email, password, address }) => {
      const account = `${canonicalEmail(email)} ${address}`;
      perAccount.check(account);
      perAddress.check(address);
      // Counted before the slow part, so that many at once are no way around the limit.
      perAccount.count(account);
      perAddress.count(address);
      const known = await registry.credentials(canonicalEmail(email));
      const isRight = await verifyPassword(password, known?.passwordHash);
      if (known === undefined || !isRight) {
        throw new AppError('not_signed_in', 'the e-mail address or the password is wrong');
      }
      perAccount.clear(account);
      return known.person;
    },
  };
}

/** Addresses are told apart without regard to case, and kept so. */
export function canonicalEmail(email: string): string {
  return email.trim().toLowerCase();
}
