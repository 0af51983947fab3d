// What is kept of a recipient's secret, and where the feed is that it opens.
import type { Channel } from '#shared/model/incident.ts';
import { ALERT_FEED_PREFIX } from '#shared/wire/alerts-api.ts';
import { API_PREFIX } from '#shared/wire/api.ts';
import { hashSecret } from './secrets.ts';

/** With a webhook's we sign; a feed's is only compared. */
export function storedSecret(kind: Channel['kind'], secret: string): string | undefined {
  if (kind === 'webhook') return secret;
  return kind === 'feed' ? hashSecret(secret) : undefined;
}

export function feedUrlOf(pagesUrl: string, secret: string): string {
  return `${pagesUrl}${API_PREFIX}${ALERT_FEED_PREFIX}/${secret}`;
}
