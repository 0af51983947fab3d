// Who is told of incidents, for operators; what was sent, for operators of all boards.
import { z } from 'zod';
import type { Recipient, RecipientFacts } from '#shared/model/incident.ts';
import { AppError } from '#shared/runtime/errors.ts';
import {
  type DeliveryCounts,
  type DeliveryView,
  deliveryListSchema,
  type RecipientView,
  recipientChangeSchema,
  recipientListSchema,
  recipientMadeSchema,
  recipientRequestSchema,
  recipientViewSchema,
  testQueuedSchema,
} from '#shared/wire/alerts-api.ts';
import { errorBodySchema, type Person } from '#shared/wire/api.ts';
import { checkWebhookUrl } from '../../alerts/send/webhook-address.ts';
import { mayManageRecipient, maySeeDeliveries, maySeePerson } from '../access.ts';
import type { ApiScope } from '../api-scope.ts';
import type { ApiDeps } from '../deps.ts';
import { feedUrlOf, storedSecret } from '../recipient-secret.ts';
import { newSecret } from '../secrets.ts';
import { operator } from '../sign-in.ts';
import { checkBoards } from './people.ts';

const params = z.object({ id: z.string().max(60) });
const REFUSALS = { 400: errorBodySchema, 403: errorBodySchema, 404: errorBodySchema };
const MOST_DELIVERIES = 500;

export function addRecipientRoutes(app: ApiScope, deps: ApiDeps): void {
  const alerts = () => deps.registry.alerts;
  app.get(
    '/alerts/recipients',
    {
      schema: {
        summary: 'Who is told of incidents',
        response: { 200: recipientListSchema, 403: errorBodySchema },
      },
    },
    async (request) => {
      const person = operator(request);
      const all = await alerts().recipients();
      return { recipients: all.filter((each) => mayManageRecipient(person, each)).map(viewOf) };
    },
  );
  app.post(
    '/alerts/recipients',
    {
      schema: {
        summary:
          'Tell somebody: an account, a mail address, a webhook, or whoever has the link of a feed; secret and link are told this once',
        body: recipientRequestSchema,
        response: { 201: recipientMadeSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      await check(deps, person, request.body);
      const { kind } = request.body.channel;
      const secret = newSecret(deps.random);
      const recipient = { ...request.body, id: deps.newId(), createdAt: deps.clock.now() };
      await alerts().addRecipient(recipient, storedSecret(kind, secret));
      deps.log.info('recipient added', { recipient: recipient.id, by: person.id });
      return reply.code(201).send({
        ...viewOf(recipient),
        ...(kind === 'webhook' ? { secret } : {}),
        ...(kind === 'feed' ? { feedUrl: feedUrlOf(deps.alerts.pagesUrl(), secret) } : {}),
      });
    },
  );
  app.patch(
    '/alerts/recipients/:id',
    {
      schema: {
        summary: 'Change what, when or in which language a recipient is told',
        params,
        body: recipientChangeSchema,
        response: { 200: recipientViewSchema, ...REFUSALS },
      },
    },
    async (request) => {
      const person = operator(request);
      const before = await own(deps, person, request.params.id);
      const { boardIds = before.boardIds } = request.body;
      await check(deps, person, { ...before, boardIds });
      const after = await alerts().changeRecipient(before.id, request.body);
      deps.log.info('recipient changed', { recipient: after.id, by: person.id });
      return viewOf(after);
    },
  );
  app.delete(
    '/alerts/recipients/:id',
    {
      schema: {
        summary: 'Tell somebody no more',
        params,
        response: { 204: z.null(), ...REFUSALS },
      },
    },
    async (request, reply) => {
      const person = operator(request);
      const { id } = await own(deps, person, request.params.id);
      await alerts().removeRecipient(id);
      deps.log.info('recipient removed', { recipient: id, by: person.id });
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/alerts/recipients/:id/test',
    {
      schema: {
        summary: 'Send a test message; what becomes of it is among the deliveries',
        params,
        response: { 202: testQueuedSchema, ...REFUSALS },
      },
    },
    async (request, reply) => {
      const recipient = await own(deps, operator(request), request.params.id);
      return reply.code(202).send({ deliveryId: await deps.alerts.sendTest(recipient) });
    },
  );
  app.get(
    '/alerts/deliveries',
    {
      schema: {
        summary: 'Messages that wait, were sent or failed, mail of dossiers too, newest first',
        response: { 200: deliveryListSchema, 403: errorBodySchema },
      },
    },
    async (request) => {
      if (!maySeeDeliveries(operator(request))) {
        throw new AppError('not_allowed', 'only an operator of all boards sees what was sent');
      }
      const deliveries = await alerts().deliveries(MOST_DELIVERIES);
      const counts = {
        mail: countsOf(deliveries, 'mail'),
        webhook: countsOf(deliveries, 'webhook'),
      };
      return { mail: deps.alerts.mail, counts, deliveries };
    },
  );
}

/** Of those that are listed. */
function countsOf(
  deliveries: readonly DeliveryView[],
  channel: DeliveryView['channel'],
): DeliveryCounts {
  const count = (status: DeliveryView['status']) =>
    deliveries.filter((each) => each.channel === channel && each.status === status).length;
  return { queued: count('queued'), sent: count('sent'), failed: count('failed') };
}

/** Throws `not_allowed`, or `bad_request` for an unknown board or account or a webhook to nowhere. */
async function check(
  deps: ApiDeps,
  person: Person,
  { channel, boardIds }: Pick<RecipientFacts, 'channel' | 'boardIds'>,
): Promise<void> {
  if (!mayManageRecipient(person, { boardIds })) {
    throw new AppError('not_allowed', 'a recipient can hear only of boards that you see yourself');
  }
  await checkBoards(deps, person, boardIds);
  if (channel.kind === 'webhook') checkWebhookUrl(channel.url, deps.alerts.webhookReach);
  if (channel.kind !== 'person') return;
  const account = await deps.registry.person(channel.personId);
  if (account === undefined || !maySeePerson(person, account)) {
    throw new AppError(
      'bad_request',
      `body/channel/personId: there is no account ${channel.personId} that you see`,
    );
  }
}

/** Throws `not_found`, also for one of other boards. */
async function own(deps: ApiDeps, person: Person, id: string): Promise<Recipient> {
  const recipient = await deps.registry.alerts.recipient(id);
  if (recipient !== undefined && mayManageRecipient(person, recipient)) return recipient;
  throw new AppError('not_found', `there is no recipient ${id} that you may change`);
}

function viewOf({ createdAt, ...facts }: Recipient): RecipientView {
  return { ...facts, createdAt: new Date(createdAt).toISOString() };
}
