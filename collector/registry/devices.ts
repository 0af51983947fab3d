// Queries on devices.
import type { Kysely, Selectable } from 'kysely';
import type { Device, DeviceContact } from './registry.ts';
import type { DeviceTable, Tables } from './tables.ts';

export async function findDevice(db: Kysely<Tables>, id: string): Promise<Device | undefined> {
  const row = await db.selectFrom('device').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : deviceOf(row);
}

export async function findDevices(
  db: Kysely<Tables>,
  locationId: string | undefined,
): Promise<Device[]> {
  const rows = await db
    .selectFrom('device')
    .selectAll()
    .$if(locationId !== undefined, (query) => query.where('location_id', '=', locationId ?? ''))
    .orderBy('enrolled_at')
    .orderBy('id')
    .execute();
  return rows.map(deviceOf);
}

/** What the contact does not say stays as it was. */
export async function updateContact(
  db: Kysely<Tables>,
  deviceId: string,
  contact: DeviceContact,
): Promise<void> {
  await db
    .updateTable('device')
    .set({
      last_contact_at: contact.at,
      ...(contact.agentVersion === undefined ? {} : { agent_version: contact.agentVersion }),
      ...(contact.clockOffsetMs === undefined ? {} : { clock_offset_ms: contact.clockOffsetMs }),
      ...(contact.spool === undefined ? {} : { spool: JSON.stringify(contact.spool) }),
    })
    .where('id', '=', deviceId)
    .execute();
}

export function deviceOf(row: Selectable<DeviceTable>): Device {
  return {
    id: row.id,
    locationId: row.location_id,
    lineId: row.line_id,
    name: row.name,
    position: row.position,
    publicKey: row.public_key,
    enrolledAt: row.enrolled_at,
    lastContactAt: row.last_contact_at,
    agentVersion: row.agent_version,
    clockOffsetMs: row.clock_offset_ms,
    spool: row.spool === null ? null : JSON.parse(row.spool),
  };
}
