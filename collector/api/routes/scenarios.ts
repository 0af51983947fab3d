// Scenarios that were saved: what was asked, and what came of it at that time.
import { z } from 'zod';
import { AppError } from '#shared/runtime/errors.ts';
import { errorBodySchema, type Person } from '#shared/wire/api.ts';
import {
  savedScenarioRequestSchema,
  savedScenarioSchema,
  savedScenariosSchema,
} from '#shared/wire/planning.ts';
import { scenariosOf } from '../../planning/planning-desk.ts';
import { boardScope, maySaveScenarios, maySeeScenarios } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { operator, signedIn } from '../sign-in.ts';

const params = z.object({ id: z.string().max(60) });
const REFUSALS = { 403: errorBodySchema };

export function addScenarioRoutes(app: ApiScope, deps: ApiDeps): void {
  const kept = () => deps.registry.scenarios;
  app.get(
    '/planning/saved-scenarios',
    {
      schema: {
        summary: 'Saved scenarios, newest first',
        response: { 200: savedScenariosSchema, ...REFUSALS },
      },
    },
    async (request) => {
      checkSees(signedIn(request));
      return { saved: await kept().all() };
    },
  );
  app.get(
    '/planning/saved-scenarios/:id',
    {
      schema: {
        summary: 'A saved scenario as it came out then',
        params,
        response: { 200: savedScenarioSchema, 404: errorBodySchema, ...REFUSALS },
      },
    },
    async (request) => {
      checkSees(signedIn(request));
      const saved = await kept().find(request.params.id);
      if (saved === undefined) throw noScenario(request.params.id);
      return saved;
    },
  );
  app.post(
    '/planning/saved-scenarios',
    {
      schema: {
        summary: 'Plan a scenario and keep it as it comes out',
        body: savedScenarioRequestSchema,
        response: { 201: savedScenarioSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      checkSaves(person);
      const { name, ...question } = request.body;
      const plan = await deps.planning.plan(boardScope(person), question);
      const saved = {
        ...{ id: deps.newId(), name, createdBy: person.id, question, basis: plan.basis },
        createdAt: new Date(deps.clock.now()).toISOString(),
        scenarios: scenariosOf(plan, question, question.rule),
      };
      await kept().add(saved);
      deps.log.info('scenario saved', { scenario: saved.id, by: person.id });
      return reply.code(201).send(saved);
    },
  );
  app.delete(
    '/planning/saved-scenarios/:id',
    {
      schema: {
        summary: 'Remove a saved scenario',
        params,
        response: { 204: z.null(), 404: errorBodySchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      checkSaves(person);
      if (!(await kept().remove(request.params.id))) throw noScenario(request.params.id);
      deps.log.info('scenario removed', { scenario: request.params.id, by: person.id });
      return reply.code(204).send(null);
    },
  );
}

function checkSees(person: Person): void {
  if (maySeeScenarios(person)) return;
  throw new AppError(
    'not_allowed',
    'saved scenarios are of all boards; plan one of your own boards with /planning/scenarios',
  );
}

function checkSaves(person: Person): void {
  if (maySaveScenarios(person)) return;
  throw new AppError('not_allowed', 'only an operator of all boards saves or removes scenarios');
}

function noScenario(id: string): AppError {
  return new AppError('not_found', `there is no saved scenario ${id}`);
}
