// Accounts, for operators.
import { AppError } from '#shared/runtime/errors.ts';
import {
  errorBodySchema,
  type Person,
  peopleSchema,
  personRequestSchema,
  personSchema,
} from '#shared/wire/api.ts';
import { boardScope, mayAddPerson, maySeePerson } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import { canonicalEmail } from '../authenticator.ts';
import type { ApiDeps } from '../deps.ts';
import { hashPassword } from '../password.ts';
import { operator } from '../sign-in.ts';

export function addPeopleRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/people',
    { schema: { summary: 'Accounts', response: { 200: peopleSchema, 403: errorBodySchema } } },
    async (request) => {
      const viewer = operator(request);
      const people = await deps.registry.people();
      return { people: people.filter((person) => maySeePerson(viewer, person)) };
    },
  );
  app.post(
    '/people',
    {
      schema: {
        summary: 'Add an account',
        body: personRequestSchema,
        response: { 201: personSchema, 403: errorBodySchema, 409: errorBodySchema },
      },
    },
    async (request, reply) => {
      const asker = operator(request);
      const { password, ...rest } = request.body;
      if (!mayAddPerson(asker, rest)) {
        throw new AppError('not_allowed', 'an account can see only boards that you see yourself');
      }
      await checkBoards(deps, asker, rest.boardIds);
      const person: Person = { ...rest, id: deps.newId(), email: canonicalEmail(rest.email) };
      await deps.registry.addPerson(person, await hashPassword(password, deps.random));
      deps.log.info('account added', { person: person.id, role: person.role, by: asker.id });
      return reply.code(201).send(person);
    },
  );
}

/** Throws `bad_request`: a mistyped board would give an account that sees nothing. */
export async function checkBoards(
  deps: Pick<ApiDeps, 'registry'>,
  asker: Person,
  boardIds: readonly string[] | null,
): Promise<void> {
  if (boardIds === null) return;
  const known = new Set((await deps.registry.boards(boardScope(asker))).map(({ id }) => id));
  const unknown = boardIds.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new AppError(
      'bad_request',
      `body/boardIds: there is no board ${unknown.join(', ')}; import it first or mend its number`,
    );
  }
}
