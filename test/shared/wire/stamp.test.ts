import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeReflected,
  decodeSender,
  encodeReflected,
  encodeSender,
  STAMP_PACKET_BYTES,
} from '#shared/wire/stamp.ts';

const uint32 = fc.nat(2 ** 32 - 1);
const uint16 = fc.nat(2 ** 16 - 1);
/** From 1970 to the end of NTP's era 1. */
const epochMs = fc.double({ min: 0, max: 4_200_000_000_000, noNaN: true });
const head = fc.record({
  sequence: uint32,
  sentAt: epochMs,
  sessionId: uint16,
  isSynced: fc.boolean(),
});
/** 2^−32 s, and what a double holds of an epoch's ms. */
const CLOSE_MS = 0.001;

test('a packet of the sender has the form of RFC 8762 §4.2.1', () => {
  // 2024-01-01T00:00:00.5Z is 3,913,056,000.5 s since 1900.
  const bytes = encodeSender({
    ...{ sequence: 0x01020304, sentAt: Date.parse('2024-01-01T00:00:00.500Z') },
    ...{ sessionId: 0xabcd, isSynced: true },
  });
  expect(bytes).toHaveLength(44);
  expect(Buffer.from(bytes).toString('hex')).toBe(
    `01020304${(3_913_056_000).toString(16)}800000009801abcd${'00'.repeat(28)}`,
  );
});

test('what was written is read, whatever it says', () => {
  fc.assert(
    fc.property(head, (packet) => {
      const read = decodeSender(encodeSender(packet));
      expect(read).toEqual({ ...packet, sentAt: expect.closeTo(packet.sentAt, 2) });
      expect(Math.abs((read?.sentAt ?? 0) - packet.sentAt)).toBeLessThan(CLOSE_MS);
    }),
  );
});

test("a reflected packet carries the sender's own words and is as long as what it answers", () => {
  fc.assert(
    fc.property(head, head, epochMs, fc.nat(200), (sender, reply, receivedAt, padding) => {
      const request = new Uint8Array(STAMP_PACKET_BYTES + padding);
      request.set(encodeSender(sender));
      const bytes = encodeReflected({ ...reply, receivedAt, sender }, request);
      expect(bytes).toHaveLength(request.length);
      expect(bytes.subarray(24, 38)).toEqual(request.subarray(0, 14));
      expect(bytes[40]).toBe(255);
      const read = decodeReflected(bytes);
      expect(read).toMatchObject({ sequence: reply.sequence, sessionId: reply.sessionId });
      expect(read?.sender.sequence).toBe(sender.sequence);
      expect(Math.abs((read?.receivedAt ?? 0) - receivedAt)).toBeLessThan(CLOSE_MS);
    }),
  );
});

test('too short is no packet, and any other bytes are read without a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const isWhole = bytes.length >= STAMP_PACKET_BYTES;
      expect(decodeSender(bytes) !== undefined).toBe(isWhole);
      expect(decodeReflected(bytes) !== undefined).toBe(isWhole);
    }),
  );
});
