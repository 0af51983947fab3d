// Dossiers: who may see a location sees its dossier and can add a note; operators move it on.
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Author, Dossier } from '#shared/model/dossier.ts';
import { type Location, locationIdSchema } from '#shared/model/location.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { errorBodySchema, type Person } from '#shared/wire/api.ts';
import {
  type DossierView,
  documentRequestSchema,
  dossierListSchema,
  dossierQuerySchema,
  dossierViewSchema,
  invitationReplySchema,
  invitationRequestSchema,
  noteRequestSchema,
  offerRequestSchema,
  stepRequestSchema,
} from '#shared/wire/dossier-api.ts';
import { noDossier } from '../../dossiers/desk.ts';
import { mayActOnDossier, mayComment } from '../access.ts';
import { type ApiScope, perMinute } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { dossierSummaries, dossierView } from '../dossier-views.ts';
import { signedIn } from '../sign-in.ts';
import { visibleLocation } from '../visible-location.ts';

/** A note is kept for ever. */
const NOTES_PER_MINUTE = 30;
const params = z.object({ id: locationIdSchema });
const changed = {
  200: dossierViewSchema,
  403: errorBodySchema,
  404: errorBodySchema,
  409: errorBodySchema,
};

export function addDossierRoutes(app: ApiScope, deps: ApiDeps): void {
  app.get(
    '/dossiers',
    {
      schema: {
        summary: 'Dossiers of the locations that you may see, by state and board',
        querystring: dossierQuerySchema,
        response: { 200: dossierListSchema },
      },
    },
    async (request) => {
      const { state, boardId } = request.query;
      const filter = {
        ...(state === undefined ? {} : { state }),
        ...(boardId === undefined ? {} : { boardId }),
      };
      return { dossiers: await dossierSummaries(deps, signedIn(request), filter) };
    },
  );
  app.get(
    '/dossiers/:id',
    {
      schema: {
        summary: 'The dossier of a location: its state, every step, offers with estimates',
        params,
        response: { 200: dossierViewSchema, 404: errorBodySchema },
      },
    },
    async (request) => {
      const person = signedIn(request);
      const location = await visibleLocation(deps, person, request.params.id);
      const dossier = await deps.registry.dossiers.dossier(location.id);
      if (dossier === undefined) throw noDossier(location.id);
      return dossierView(deps, person, location, dossier);
    },
  );
  addSteps(app, deps);
  addPapers(app, deps);
  addInvitations(app, deps);
}

function addSteps(app: ApiScope, deps: ApiDeps): void {
  const { desk } = deps.dossiers;
  app.post(
    '/dossiers/:id/steps',
    {
      schema: {
        summary: 'Add a step: what the school said by telephone, maatwerk, an order, set aside, …',
        params,
        body: stepRequestSchema,
        response: changed,
      },
    },
    (request) => {
      const { version, reason, event } = request.body;
      return changedBy(deps, request, mayActOnDossier, (location, author, mayActAt) =>
        desk.act({ locationId: location.id, version, author, reason, mayActAt }, event),
      );
    },
  );
  app.post(
    '/dossiers/:id/notes',
    {
      config: perMinute(NOTES_PER_MINUTE),
      schema: {
        summary: 'Add a note',
        params,
        body: noteRequestSchema,
        response: changed,
      },
    },
    (request) =>
      changedBy(deps, request, mayComment, (location, author) =>
        desk.act({ locationId: location.id, author, reason: request.body.text }, { kind: 'noted' }),
      ),
  );
}

function addPapers(app: ApiScope, deps: ApiDeps): void {
  const { desk } = deps.dossiers;
  app.post(
    '/dossiers/:id/offers',
    {
      schema: {
        summary: 'Add an offer of a provider; its amounts are for all of its locations together',
        params,
        body: offerRequestSchema,
        response: { ...changed, 400: errorBodySchema },
      },
    },
    (request) => {
      const { version, reason, offer } = request.body;
      return changedBy(deps, request, mayActOnDossier, (location, author, mayActAt) =>
        desk.addOffer({ locationId: location.id, version, author, reason, mayActAt }, offer),
      );
    },
  );
  app.post(
    '/dossiers/:id/documents',
    {
      schema: {
        summary: 'Add where a document is kept; never the document',
        params,
        body: documentRequestSchema,
        response: changed,
      },
    },
    (request) => {
      const { reason, document } = request.body;
      const event = {
        kind: 'document_added',
        document: { ...document, id: deps.newId() },
      } as const;
      return changedBy(deps, request, mayActOnDossier, (location, author) =>
        desk.act({ locationId: location.id, author, reason }, event),
      );
    },
  );
}

function addInvitations(app: ApiScope, deps: ApiDeps): void {
  app.post(
    '/dossiers/:id/invitations',
    {
      schema: {
        summary: 'Ask the school by a link to the survey, which a mail brings or you hand over',
        params,
        body: invitationRequestSchema,
        response: { ...changed, 200: z.null(), 201: invitationReplySchema },
      },
    },
    async (request, reply) => {
      const person = signedIn(request);
      const location = await visibleLocation(deps, person, request.params.id);
      checkMay(mayActOnDossier(person, location));
      const { version, reason, email, days } = request.body;
      const act = { locationId: location.id, version, author: authorOf(person), reason };
      const { dossier, link, expiresAt } = await deps.dossiers.desk.invite({ ...act, email, days });
      deps.log.info('school asked', { location: location.id, by: person.id });
      return reply.code(201).send({
        dossier: await dossierView(deps, person, location, dossier),
        link,
        expiresAt: new Date(expiresAt).toISOString(),
        mailWaits: email !== undefined,
      });
    },
  );
}

async function changedBy(
  deps: ApiDeps,
  request: FastifyRequest<{ Params: { id: string } }>,
  may: (person: Person, location: Location) => boolean,
  change: (
    location: Location,
    author: Author,
    mayActAt: (other: Location) => boolean,
  ) => Promise<Dossier>,
): Promise<DossierView> {
  const person = signedIn(request);
  const location = await visibleLocation(deps, person, request.params.id);
  checkMay(may(person, location));
  const dossier = await change(location, authorOf(person), (other) =>
    mayActOnDossier(person, other),
  );
  const { number, event } = dossier.steps.at(-1) ?? {};
  deps.log.info('dossier step', {
    location: location.id,
    number,
    kind: event?.kind,
    by: person.id,
  });
  return dossierView(deps, person, location, dossier);
}

function checkMay(may: boolean): void {
  if (!may)
    throw new AppError(
      'not_allowed',
      'only an operator may move a dossier on; ask one, or add a note',
    );
}

function authorOf({ id, name }: Person): Author {
  return { kind: 'person', id, name };
}
