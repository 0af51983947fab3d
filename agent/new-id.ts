// Ids of measurements: UUID version 7 (RFC 9562), on any Node. Sorted by their times.
import { randomBytes } from 'node:crypto';
import type { EpochMs } from '#shared/model/units.ts';
import { type Clock, systemClock } from '#shared/runtime/clock.ts';

/** `random`: 10 bytes; six of their bits give way to version and variant. */
export function uuidV7(at: EpochMs, random: Uint8Array): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(Math.floor(at), 0, 6);
  bytes.set(random.subarray(0, 10), 6);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

export function newId(clock: Pick<Clock, 'now'> = systemClock): string {
  return uuidV7(clock.now(), randomBytes(10));
}
