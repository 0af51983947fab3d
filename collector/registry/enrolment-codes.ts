// Queries on one-time enrolment codes: kept as SHA-256, used once whoever asks at the same time.
import { createHash } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { EpochMs } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { deviceOf } from './devices.ts';
import { lineFor } from './lines.ts';
import type { Device, NewDevice } from './registry.ts';
import type { Tables } from './tables.ts';

/**
 * As people type a code: any case, with or without dashes and blanks, and the letters that
 * Crockford's base32 leaves out for what they look like.
 */
export function normaliseCode(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}

/** Throws what `lineFor` throws, and `conflict` for a code that exists. */
export async function insertCode(
  db: Transaction<Tables>,
  code: string,
  place: { readonly locationId: string; readonly lineId: string | undefined },
  now: EpochMs,
  expiresAt: EpochMs,
): Promise<void> {
  const { id: lineId, locationId } = await lineFor(db, place.locationId, place.lineId);
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('enrolment_code')
    .values({
      code_hash: hashOf(code),
      location_id: locationId,
      line_id: lineId,
      created_at: now,
      expires_at: expiresAt,
      used_at: null,
      device_id: null,
    })
    .onConflict((conflict) => conflict.column('code_hash').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 0n) {
    throw new AppError('conflict', 'this enrolment code was handed out before; make another');
  }
}

/**
 * The update itself decides who wins: it changes the row only while it is unused, so of two at
 * once (also on PostgreSQL, where the second waits for the first) one finds nothing to change.
 */
export async function useCode(
  db: Transaction<Tables>,
  code: string,
  device: NewDevice,
  now: EpochMs,
): Promise<Device> {
  const hash = hashOf(code);
  const won = await db
    .updateTable('enrolment_code')
    .set({ used_at: now })
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('line_id')
    .executeTakeFirst();
  if (won === undefined) throw await refusal(db, hash);

  const line = await db
    .selectFrom('line')
    .select(['location_id', 'ended_at'])
    .where('id', '=', won.line_id)
    .executeTakeFirstOrThrow();
  if (line.ended_at !== null) {
    throw new AppError(
      'enrolment_code_expired',
      'the line that this enrolment code is for has ended; ask the operator for a code for another line',
    );
  }
  const known = await db
    .selectFrom('device')
    .select('id')
    .where((either) => either.or({ id: device.id, public_key: device.publicKey }))
    .executeTakeFirst();
  if (known !== undefined) {
    throw new AppError(
      'conflict',
      'this key belongs to a device that is enrolled already; enrol with a new key',
    );
  }
  const row = await db
    .insertInto('device')
    .values({
      id: device.id,
      location_id: line.location_id,
      line_id: won.line_id,
      name: device.name,
      position: device.position,
      public_key: device.publicKey,
      enrolled_at: now,
      agent_version: device.agentVersion,
      last_contact_at: null,
      clock_offset_ms: null,
      spool: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await db
    .updateTable('enrolment_code')
    .set({ device_id: device.id })
    .where('code_hash', '=', hash)
    .execute();
  return deviceOf(row);
}

async function refusal(db: Kysely<Tables>, hash: string): Promise<AppError> {
  const row = await db
    .selectFrom('enrolment_code')
    .select(['used_at'])
    .where('code_hash', '=', hash)
    .executeTakeFirst();
  if (row === undefined) {
    return new AppError(
      'enrolment_code_unknown',
      'this enrolment code is not known; check it for typing errors',
    );
  }
  return row.used_at === null
    ? new AppError(
        'enrolment_code_expired',
        'this enrolment code is too old; ask the operator for a new one',
      )
    : new AppError(
        'enrolment_code_used',
        'this enrolment code was used before; each is for one device, ask the operator for a new one',
      );
}

function hashOf(code: string): string {
  return createHash('sha256').update(normaliseCode(code)).digest('hex');
}
