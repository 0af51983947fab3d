// The message with which somebody finds out whether messages arrive. Pure.
import type { Recipient } from '#shared/model/incident.ts';
import type { EpochMs, Ms } from '#shared/model/units.ts';
import type { NewDelivery } from './alert-store.ts';

/** Whoever asks for it waits for it. */
const SEND_WITHIN_MS: Ms = 86_400_000;

/** A message that says only that messages arrive. */
export function testDelivery(
  recipient: Recipient,
  address: string,
  { id, now, pagesUrl }: { readonly id: string; readonly now: EpochMs; readonly pagesUrl: string },
): NewDelivery {
  const base = { recipientId: recipient.id, incidentIds: [] };
  const sendBefore = now + SEND_WITHIN_MS;
  const subject =
    recipient.language === 'nl' ? 'Proefbericht van Meetnet' : 'Test message of Meetnet';
  if (recipient.channel.kind === 'webhook') {
    const body = JSON.stringify({
      deliveryId: id,
      sentAt: new Date(now).toISOString(),
      incidents: [],
    });
    const { url } = recipient.channel;
    return {
      ...base,
      message: { channel: 'webhook', webhook: { id, url, subject, body, sendBefore } },
    };
  }
  const text =
    recipient.language === 'nl'
      ? `Meldingen van Meetnet komen op dit adres aan.\n\n${pagesUrl}\n`
      : `Alerts of Meetnet arrive at this address.\n\n${pagesUrl}\n`;
  return {
    ...base,
    message: { channel: 'mail', mail: { id, to: address, subject, text, sendBefore } },
  };
}
