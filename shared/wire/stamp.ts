// STAMP's test packets in unauthenticated mode (RFC 8762 §4.2.1 and §4.3.1), 44 bytes, with the session
// identifier of RFC 8972 §3. Pure: no socket, no clock.

export const STAMP_PACKET_BYTES = 44;
export interface SenderPacket {
  readonly sequence: number;
  /** Epoch ms with fractions, the sender's clock. */
  readonly sentAt: number;
  /** RFC 8972: not 0, the same in all packets of a session. */
  readonly sessionId: number;
  readonly isSynced: boolean;
}

export interface ReflectedPacket {
  /** The reflector's own count in this session (stateful mode), so that either way's loss shows. */
  readonly sequence: number;
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly sessionId: number;
  readonly isSynced: boolean;
  readonly sender: { readonly sequence: number; readonly sentAt: number };
}

/** Seconds from NTP's epoch (1900) to Unix's (RFC 5905, figure 4). */
const NTP_OFFSET_S = 2_208_988_800;
const ERA = 2 ** 32;
/**
 * Error Estimate (RFC 4656 §4.1.2): S, then Z = 0 for NTP's format, scale and multiplier; 1 × 2^(24−32) s
 * is 3.9 ms, what a wall clock of ordinary machines is good for.
 */
const SYNCED = 0x8000;
const ERROR_ESTIMATE = (24 << 8) | 1;
/** Where the receiver cannot see the packet's TTL it says 255 (RFC 5357 §4.2.1). */
const UNKNOWN_TTL = 255;

export function encodeSender(packet: SenderPacket): Uint8Array {
  const bytes = new Uint8Array(STAMP_PACKET_BYTES);
  const view = new DataView(bytes.buffer);
  writeHead(view, packet);
  return bytes;
}

/** Undefined for anything that is no STAMP packet. */
export function decodeSender(bytes: Uint8Array): SenderPacket | undefined {
  if (bytes.length < STAMP_PACKET_BYTES) return undefined;
  const view = viewOf(bytes);
  return {
    sequence: view.getUint32(0),
    sentAt: readTime(view, 4),
    sessionId: view.getUint16(14),
    isSynced: (view.getUint16(12) & SYNCED) !== 0,
  };
}

/** As long as the packet that it answers, never longer: what was padding stays nothing. */
export function encodeReflected(packet: ReflectedPacket, request: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.max(STAMP_PACKET_BYTES, request.length));
  const view = viewOf(bytes);
  writeHead(view, packet);
  writeTime(view, 16, packet.receivedAt);
  // The sender's own words as they came: sequence number, time and error estimate.
  bytes.set(request.subarray(0, 14), 24);
  view.setUint8(40, UNKNOWN_TTL);
  return bytes;
}

/**
 * A sender leaves these octets zero (§4.2.1), a reflector writes its receive time there: what it reflects
 * must not be reflected again, or two reflectors could be set on each other for ever.
 */
export function isReflected(bytes: Uint8Array): boolean {
  return bytes.subarray(16, 24).some((byte) => byte !== 0);
}

/** Undefined for anything that is no reflected STAMP packet. */
export function decodeReflected(bytes: Uint8Array): ReflectedPacket | undefined {
  if (bytes.length < STAMP_PACKET_BYTES) return undefined;
  const view = viewOf(bytes);
  return {
    sequence: view.getUint32(0),
    sentAt: readTime(view, 4),
    receivedAt: readTime(view, 16),
    sessionId: view.getUint16(14),
    isSynced: (view.getUint16(12) & SYNCED) !== 0,
    sender: { sequence: view.getUint32(24), sentAt: readTime(view, 28) },
  };
}

type Head = Pick<SenderPacket, 'sequence' | 'sentAt' | 'sessionId' | 'isSynced'>;

function writeHead(view: DataView, { sequence, sentAt, sessionId, isSynced }: Head): void {
  view.setUint32(0, sequence);
  writeTime(view, 4, sentAt);
  view.setUint16(12, ERROR_ESTIMATE | (isSynced ? SYNCED : 0));
  view.setUint16(14, sessionId);
}

/** NTP's 64 bits: seconds since 1900 in its era, and their 2^32nd parts. */
function writeTime(view: DataView, offset: number, epochMs: number): void {
  const seconds = Math.floor(epochMs / 1000);
  view.setUint32(offset, (seconds + NTP_OFFSET_S) % ERA);
  view.setUint32(offset + 4, Math.floor((epochMs / 1000 - seconds) * ERA) % ERA);
}

/** Era 0 until 2036, era 1 from then on: a time before 1970 can be no test's. */
function readTime(view: DataView, offset: number): number {
  const seconds = view.getUint32(offset) - NTP_OFFSET_S;
  const inEra = seconds < 0 ? seconds + ERA : seconds;
  return (inEra + view.getUint32(offset + 4) / ERA) * 1000;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
