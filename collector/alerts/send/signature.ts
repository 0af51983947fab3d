// Signature of a webhook's message: who has the secret knows that it is ours, and when it was sent.
import { createHmac } from 'node:crypto';
import type { EpochMs } from '#shared/model/units.ts';

/**
 * `t=1772438400,v1=HEX`: HMAC-SHA256 with the secret's bytes as they are shown (UTF-8) over the time
 * in seconds, a dot and the body. A receiver makes it again, compares, and refuses old times.
 */
export function signatureOf(secret: string, at: EpochMs, body: string): string {
  const seconds = Math.floor(at / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
