// The spool of a single command, which lives as long as the process; no file is touched.
import type { Measurement } from '#shared/model/measurement.ts';
import type { Bytes } from '#shared/model/units.ts';
import { AppError } from '#shared/runtime/errors.ts';
import { MAX_PAYLOAD_BYTES } from './frame.ts';
import type { Spool, SpoolRecord } from './spool.ts';

interface Held extends SpoolRecord {
  readonly bytes: Bytes;
}

export function createMemorySpool({ maxBytes }: { readonly maxBytes: Bytes }): Spool {
  let held: Held[] = [];
  let next = 0;
  let droppedRecords = 0;
  let isClosed = false;
  const listeners = new Set<() => void>();
  const total = () => held.reduce((sum, { bytes }) => sum + bytes, 0);

  return {
    append: async (measurement: Measurement) => {
      if (isClosed) throw new Error('the spool is closed');
      const bytes = Buffer.byteLength(JSON.stringify(measurement));
      if (bytes > MAX_PAYLOAD_BYTES) {
        const why = `measurement ${measurement.id} has ${bytes} bytes; the spool takes ${MAX_PAYLOAD_BYTES}`;
        throw new AppError('message_too_big', why);
      }
      while (held.length > 0 && total() + bytes > maxBytes) {
        held.shift();
        droppedRecords += 1;
      }
      const position = next;
      next += 1;
      held.push({ position, measurement: structuredClone(measurement), bytes });
      for (const listener of [...listeners]) listener();
      return position;
    },
    read: async (max) =>
      held.slice(0, max).map(({ position, measurement }) => ({ position, measurement })),
    ack: async (position) => {
      held = held.filter((record) => record.position > position);
    },
    flush: async () => {},
    stats: () => ({ records: held.length, bytes: total(), droppedRecords, corruptRecords: 0 }),
    onAppend: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      isClosed = true;
    },
  };
}
