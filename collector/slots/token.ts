// The text form of a slot's claims: signed by the collector, checked by the measure server.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { AppError } from '#shared/runtime/errors.ts';
import { type SlotClaims, slotClaimsSchema } from '#shared/wire/slot-token.ts';

export function signSlotToken(claims: SlotClaims, key: Uint8Array): string {
  const text = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${text}.${macOf(text, key).toString('base64url')}`;
}

/**
 * Checks who made it, not whether its time has come. Throws `not_admitted`, saying no more to a
 * stranger than that it is not one of ours.
 */
export function verifySlotToken(token: string, key: Uint8Array): SlotClaims {
  const [text, mac, ...rest] = token.split('.');
  if (text === undefined || mac === undefined || rest.length > 0) throw refused();
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(text, key);
  // Compared as texts too: base64url has several spellings of the same bytes.
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused();
  if (expected.toString('base64url') !== mac) throw refused();
  try {
    return slotClaimsSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw refused();
  }
}

function macOf(text: string, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function refused(): AppError {
  return new AppError(
    'not_admitted',
    "the slot token is not one of this collector's; ask the collector for a new slot",
  );
}
