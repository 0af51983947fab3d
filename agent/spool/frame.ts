// How one record lies in a segment file, and how records are found again in damaged bytes. Pure.
//
//   0      4        8          16      20
//   marker length   position   crc32   payload (JSON, UTF-8)
//   u32    u32      u64        u32     `length` bytes
//
// Little-endian; the checksum covers length, position and payload. UTF-8 has no byte 0xFF, so the
// marker never occurs in a payload: the next record can be found behind any damage.
import { crc32 } from 'node:zlib';
import type { Bytes } from '#shared/model/units.ts';

const MARKER = Buffer.from([0xff, 0x4d, 0x4e, 0x01]);
const LENGTH_AT = 4;
const POSITION_AT = 8;
const CRC_AT = 16;
const HEADER_BYTES: Bytes = 20;
/** A measurement has about 2 kB; a length beyond this is damage. A batch of one fits a frame. */
export const MAX_PAYLOAD_BYTES: Bytes = 262_144;

export interface Frame {
  readonly position: number;
  /** Of the header, from the start of what was scanned. */
  readonly offset: Bytes;
  readonly length: Bytes;
  /** Header and payload. */
  readonly bytes: Buffer;
  readonly payload: Buffer;
}

/** `torn`: the end of a write that power cut short, never acknowledged to anybody. */
export interface Damage {
  readonly kind: 'torn' | 'corrupt';
  readonly from: Bytes;
  readonly to: Bytes;
  /** Positions that are gone with it, as far as can be told: from `first` up to before `end`. */
  readonly first: number;
  readonly end: number;
}

export interface Scan {
  readonly frames: readonly Frame[];
  readonly damages: readonly Damage[];
}

export function encodeFrame(position: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  MARKER.copy(frame, 0);
  frame.writeUInt32LE(payload.length, LENGTH_AT);
  frame.writeBigUInt64LE(BigInt(position), POSITION_AT);
  frame.set(payload, HEADER_BYTES);
  frame.writeUInt32LE(checksum(frame), CRC_AT);
  return frame;
}

/** Of a whole frame. */
export function payloadOf(frame: Buffer): Buffer {
  return frame.subarray(HEADER_BYTES);
}

/**
 * All whole records, in their order, and what lies between them. `first` is the position that the
 * first one should have; `end` the one behind the last, when that is known.
 */
export function scanFrames(bytes: Buffer, first: number, end?: number): Scan {
  const frames: Frame[] = [];
  const damages: Damage[] = [];
  let expected = first;
  let offset = 0;
  while (offset < bytes.length) {
    const frame = nextFrame(bytes, offset);
    const from = offset;
    const to = frame?.offset ?? bytes.length;
    if (to > from) {
      const isTorn = frame === undefined && end === undefined && isTornAt(bytes, from);
      damages.push({
        kind: isTorn ? 'torn' : 'corrupt',
        ...{ from, to, first: expected },
        end: Math.max(expected, frame?.position ?? end ?? expected + (isTorn ? 0 : 1)),
      });
    }
    if (frame === undefined) break;
    // A position that was seen already is a copy from elsewhere; the first one counts.
    if (frame.position >= expected) frames.push(frame);
    expected = Math.max(expected, frame.position + 1);
    offset = to + frame.length;
  }
  return { frames, damages };
}

/** The first whole record at or after `offset`. */
function nextFrame(bytes: Buffer, offset: Bytes): Frame | undefined {
  let at = offset;
  while (at >= 0) {
    const frame = frameAt(bytes, at);
    if (frame !== undefined) return frame;
    at = bytes.indexOf(MARKER, at + 1);
  }
  return undefined;
}

function frameAt(bytes: Buffer, offset: Bytes): Frame | undefined {
  if (!hasHeader(bytes, offset)) return undefined;
  const length = HEADER_BYTES + bytes.readUInt32LE(offset + LENGTH_AT);
  if (length - HEADER_BYTES > MAX_PAYLOAD_BYTES || offset + length > bytes.length) return undefined;
  const frame = bytes.subarray(offset, offset + length);
  if (checksum(frame) !== frame.readUInt32LE(CRC_AT)) return undefined;
  const position = Number(frame.readBigUInt64LE(POSITION_AT));
  if (!Number.isSafeInteger(position)) return undefined;
  return { position, offset, length, bytes: frame, payload: payloadOf(frame) };
}

/** What is left of a single write that did not end: a header without its payload, or zeros. */
function isTornAt(bytes: Buffer, offset: Bytes): boolean {
  const tail = bytes.subarray(offset);
  if (tail.every((byte) => byte === 0)) return true;
  if (tail.length < HEADER_BYTES)
    return tail.subarray(0, 4).equals(MARKER.subarray(0, tail.length));
  if (!hasHeader(bytes, offset)) return false;
  const payload = tail.readUInt32LE(LENGTH_AT);
  return payload <= MAX_PAYLOAD_BYTES && tail.length < HEADER_BYTES + payload;
}

function hasHeader(bytes: Buffer, offset: Bytes): boolean {
  return (
    offset + HEADER_BYTES <= bytes.length &&
    bytes.compare(MARKER, 0, MARKER.length, offset, offset + MARKER.length) === 0
  );
}

function checksum(frame: Buffer): number {
  return crc32(frame.subarray(HEADER_BYTES), crc32(frame.subarray(LENGTH_AT, CRC_AT)));
}
