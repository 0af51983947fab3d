// Alerts over the registry's reading and writing: which query answers which call.
import type { AlertStore } from '../alerts/alert-store.ts';
import type { Access } from './case-stores.ts';
import {
  findDeliveries,
  findLineVerdictsAfter,
  findLocationsEverBelow,
  findWaitingWebhooks,
  insertDelivery,
  tidyDeliveries,
} from './deliveries.ts';
import { findIncident, findIncidents, insertAcknowledgement, keepIncidents } from './incidents.ts';
import {
  deleteRecipient,
  findDueNotices,
  findFeedRecipient,
  findLastNotices,
  findRecipient,
  findRecipients,
  insertNotices,
  insertRecipient,
  updateRecipient,
} from './recipients.ts';
import { holdWaiting, markFailed, markSent } from './waiting-messages.ts';

export function alertStoreOn({ read, write, now }: Access): AlertStore {
  return {
    incidents: (filter) => read('incidents', (on) => findIncidents(on, filter)),
    incident: (id) => read('an incident', (on) => findIncident(on, id)),
    keep: (incidents) => write('incidents', (tx) => keepIncidents(tx, incidents)),
    acknowledge: (id, acknowledgement) =>
      write('an acknowledgement', (tx) => insertAcknowledgement(tx, id, acknowledgement)),

    recipients: () => read('recipients', findRecipients),
    recipient: (id) => read('a recipient', (on) => findRecipient(on, id)),
    feedRecipient: (hash) => read('a feed', (on) => findFeedRecipient(on, hash)),
    addRecipient: (recipient, secret) =>
      write('a recipient', (tx) => insertRecipient(tx, recipient, secret)),
    changeRecipient: (id, change) => write('a recipient', (tx) => updateRecipient(tx, id, change)),
    removeRecipient: (id) => write('a recipient', (tx) => deleteRecipient(tx, id)),

    lastNotices: (incidentIds) => read('notices', (on) => findLastNotices(on, incidentIds)),
    addNotices: (notices) => write('notices', (tx) => insertNotices(tx, notices)),
    dueNotices: (at) => read('notices', (on) => findDueNotices(on, at)),
    tell: (notices, delivery) =>
      write('a delivery', (tx) => insertDelivery(tx, notices, delivery, now())),

    waitingWebhooks: (at, limit) =>
      read('webhook messages', (on) => findWaitingWebhooks(on, at, limit)),
    holdWebhook: (id, until) =>
      write('webhooks', (tx) => holdWaiting(tx, 'webhook_message', id, until)),
    webhookSent: (id, at) =>
      write('a webhook message', (tx) => markSent(tx, 'webhook_message', id, at)),
    webhookFailed: (id, why, nextTryAt) =>
      write('a webhook message', (tx) => markFailed(tx, 'webhook_message', id, why, nextTryAt)),
    deliveries: (limit) => read('deliveries', (on) => findDeliveries(on, limit)),
    tidy: (at, before) => write('deliveries', (tx) => tidyDeliveries(tx, at, before)),

    locationsEverBelow: () => read('locations ever below', findLocationsEverBelow),
    lineVerdictsAfter: (lineId, since, limit) =>
      read('verdicts on lines', (on) => findLineVerdictsAfter(on, lineId, since, limit)),
  };
}
