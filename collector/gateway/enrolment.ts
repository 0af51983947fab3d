// How a device becomes known: a one-time code, and proof that it holds the key it brings. The
// HTTP route is the API's; the code is used up in the registry, in one transaction.
import type { Clock } from '#shared/runtime/clock.ts';
import { AppError } from '#shared/runtime/errors.ts';
import type { Random } from '#shared/runtime/random.ts';
import type { EnrolmentRequest } from '#shared/wire/api.ts';
import { enrolmentPayload } from '#shared/wire/uplink.ts';
import type { Registry } from '../registry/registry.ts';
import { canonicalKeyText, isSignedBy, parseDeviceKey } from './device-key.ts';

export interface EnrolmentOptions {
  readonly registry: Pick<Registry, 'enrol'>;
  readonly clock: Pick<Clock, 'now'>;
  /** A UUID; identity is made here, not read from hardware. */
  readonly newId: () => string;
}

export interface Enrolled {
  readonly deviceId: string;
  readonly locationId: string;
}

/** Crockford's base32: no I, L, O (read as 1, 1, 0) and no U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 60 bits; with a code's few days and the API's limit on tries, not to be guessed. */
const CODE_LENGTH = 12;
const GROUP_LENGTH = 4;

/** As people read it out: `XXXX-XXXX-XXXX`. */
export function newEnrolmentCode(random: Pick<Random, 'bytes'>): string {
  const letters = [...random.bytes(CODE_LENGTH)].map((byte) => ALPHABET.charAt(byte % 32)).join('');
  return letters.replaceAll(new RegExp(`.{${GROUP_LENGTH}}(?=.)`, 'g'), '$&-');
}

/**
 * The returned function throws `bad_request` (no Ed25519 key), `bad_signature`, or what
 * `Registry.enrol` throws. The signature comes first: who holds no key learns nothing of codes.
 */
export function createEnrolment({
  registry,
  clock,
  newId,
}: EnrolmentOptions): (request: EnrolmentRequest) => Promise<Enrolled> {
  return async (request) => {
    const key = parseDeviceKey(request.publicKey);
    if (key === undefined) {
      throw new AppError(
        'bad_request',
        'publicKey: must be an Ed25519 public key, SPKI DER in base64url',
      );
    }
    if (!isSignedBy(key, enrolmentPayload(request.code, request.publicKey), request.signature)) {
      throw new AppError(
        'bad_signature',
        'signature: is not of this code and public key by the private key; sign the payload as it is sent',
      );
    }
    const device = await registry.enrol(
      request.code,
      {
        id: newId(),
        name: request.name,
        position: request.position,
        publicKey: canonicalKeyText(key),
        agentVersion: request.agentVersion,
      },
      clock.now(),
    );
    return { deviceId: device.id, locationId: device.locationId };
  };
}
