// Puts the alerts together: what the API needs of them, and the services that watch, tell and send.
import type { Recipient } from '#shared/model/incident.ts';
import type { Norm } from '#shared/model/norm.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { Service } from '#shared/runtime/service.ts';
import type { Elsewhere } from './alerts/elsewhere.ts';
import type { ServerFact } from './alerts/facts.ts';
import { FactGatherer } from './alerts/gather-facts.ts';
import { mailSender } from './alerts/send/mail-sender.ts';
import { createMailTransport } from './alerts/send/mail-transport.ts';
import { webhookSender } from './alerts/send/webhook-sender.ts';
import { createWebhookTransport } from './alerts/send/webhook-transport.ts';
import { testDelivery } from './alerts/test-delivery.ts';
import { tellIncidents, watchIncidents } from './alerts/watch-incidents.ts';
import { boardScope } from './api/access.ts';
import type { AlertDeps } from './api/deps.ts';
import { mailOf } from './config/mail.ts';
import type { CollectorSettings } from './config/settings.ts';
import type { LiveEvents } from './live.ts';
import type { Registry } from './registry/registry.ts';
import type { SeriesStore } from './series/series.ts';
import type { ServerCondition } from './slots/decide-condition.ts';

export interface AlertPartsOptions {
  readonly settings: Pick<
    CollectorSettings,
    'smtpUrl' | 'smtpStartTls' | 'mailFrom' | 'webhookPrivate'
  >;
  readonly registry: Registry;
  readonly series: Pick<SeriesStore, 'query'>;
  readonly servers: () => readonly ServerFact[];
  readonly norm: Norm;
  readonly events: LiveEvents;
  readonly pagesUrl: () => string;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface AlertParts {
  readonly api: AlertDeps;
  /** Measure servers on which the device's fails are to be confirmed elsewhere. */
  readonly avoid: (deviceId: string) => readonly string[];
  /** The senders last: they are of use to the others' messages. */
  readonly services: readonly Service[];
}

/** Throws `bad_settings`. */
export function alertParts(options: AlertPartsOptions): AlertParts {
  const { settings, registry, clock, random, log, newId, pagesUrl } = options;
  const mail = mailOf(settings);
  const reach = settings.webhookPrivate === 'allowed' ? 'private_too' : 'internet';
  const facts = new FactGatherer({ ...options, listeningSince: clock.now() });
  let elsewhere: Elsewhere = new Map();
  const onElsewhere = (now: Elsewhere) => {
    elsewhere = now;
  };
  const watch = { ...options, facts, scopeOf: boardScope, onElsewhere };
  return {
    avoid: (deviceId) => elsewhere.get(deviceId) ?? [],
    api: {
      mail: mail === undefined ? 'off' : 'on',
      webhookReach: reach,
      pagesUrl,
      sendTest: async (recipient) => {
        const address = await addressOf(registry, recipient);
        const id = newId();
        const made = { id, now: clock.now(), pagesUrl: pagesUrl() };
        await registry.alerts.tell([], testDelivery(recipient, address, made));
        return id;
      },
    },
    services: [
      watchIncidents(watch),
      tellIncidents(watch),
      mailSender({
        ...{ outbox: registry.outbox, clock, random, log },
        ...(mail === undefined ? {} : { transport: createMailTransport(mail) }),
      }),
      webhookSender({
        ...{ store: registry.alerts, clock, random, log },
        transport: createWebhookTransport({ reach, clock }),
      }),
    ],
  };
}

/** What the watch of measure servers knows, as alerts take it. */
export function serverFactOf(
  url: string,
  { state, since, lastError }: ServerCondition,
): ServerFact {
  if (state !== 'away') return { url };
  return {
    url,
    awaySince: since,
    ...(lastError === undefined ? {} : { lastError: lastError.code }),
  };
}

async function addressOf(
  registry: Pick<Registry, 'person'>,
  { channel }: Recipient,
): Promise<string> {
  if (channel.kind === 'feed') {
    throw new AppError('bad_request', 'nothing is sent to a feed; whoever has its link reads it');
  }
  if (channel.kind !== 'person') return channel.kind === 'mail' ? channel.address : channel.url;
  const person = await registry.person(channel.personId);
  if (person !== undefined) return person.email;
  throw new AppError('not_found', 'the account that this recipient is of is there no more');
}
