// A batch of records from a device, into the series store, and the fate of each.
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { RecordFate } from '#shared/wire/uplink.ts';
import type { Judge } from '../assessment/judge.ts';
import type { LiveEvents } from '../live.ts';
import type { Device } from '../registry/registry.ts';
import { type RawStore, withoutRaw } from '../series/raw.ts';
import type { SeriesStore, StoredMeasurement } from '../series/series.ts';
import { checkRecord } from './check-record.ts';
import { createRejudge } from './rejudge.ts';

export interface IncomingRecord {
  readonly position: number;
  /** As it came over the wire; checked here. */
  readonly measurement: unknown;
}

export interface IngestSession {
  /** Agent's clock minus ours, as last estimated. */
  readonly clockOffsetMs?: number | undefined;
}

export interface Ingest {
  /** Never rejects; answers in the order of `records`. */
  ingest(
    device: Pick<Device, 'id' | 'locationId'>,
    records: readonly IncomingRecord[],
    session: IngestSession,
  ): Promise<RecordFate[]>;
  /** Resolves when the verdicts asked for so far have been tried. */
  settled(): Promise<void>;
}

export interface IngestOptions {
  readonly series: SeriesStore;
  readonly raw: Pick<RawStore, 'write'>;
  readonly judge: Judge;
  /** Told of what was stored, once it is durable; a resend is told again. */
  readonly onStored?: (records: readonly StoredMeasurement[]) => void;
  readonly events: LiveEvents;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

export function createIngest(options: IngestOptions): Ingest {
  const { clock, log } = options;
  const rejudge = createRejudge(options);

  return {
    ingest: async (device, records, session) => {
      const receivedAt = clock.now();
      const checked = records.map(({ measurement }) =>
        checkRecord(measurement, {
          deviceId: device.id,
          locationId: device.locationId,
          receivedAt,
          clockOffsetMs: session.clockOffsetMs,
        }),
      );
      const storable = checked.flatMap((record) => ('stored' in record ? [record.stored] : []));
      const written = await write(options, storable);
      if (written.size > 0) options.onStored?.(storable);
      const fates = checked.map((record, index): RecordFate => {
        const position = records[index]?.position ?? 0;
        return 'stored' in record
          ? { position, ...(written.get(record.stored) ?? KEEP) }
          : { position, fate: 'rejected', reason: record.rejected };
      });
      logRejected(device.id, fates, log);
      // Duplicates too: the process may have ended between their write and their verdict.
      if (fates.some(({ fate }) => fate === 'accepted' || fate === 'duplicate')) {
        rejudge.request(device.locationId);
      }
      return fates;
    },
    settled: rejudge.settled,
  };
}

type StoredFate = Omit<RecordFate, 'position'>;

const KEEP: StoredFate = {
  fate: 'keep',
  reason: 'the store did not take it; keep it and send it again',
};

/** Any failure of the store means that nothing is known to be written. */
async function write(
  { series, raw, log }: Pick<IngestOptions, 'series' | 'raw' | 'log'>,
  records: readonly StoredMeasurement[],
): Promise<ReadonlyMap<StoredMeasurement, StoredFate>> {
  if (records.length === 0) return new Map();
  try {
    // First, because it is what a resend would bring again; both know a record by its id.
    await raw.write(records);
    const results = await series.write(
      records.map((record) => ({ ...record, measurement: withoutRaw(record.measurement) })),
    );
    return new Map(
      records.map((record, index) => {
        const fate = results[index];
        return [record, fate === undefined ? KEEP : { fate }];
      }),
    );
  } catch (error) {
    log.error('measurements could not be stored; the agents keep them', {
      count: records.length,
      error,
    });
    return new Map();
  }
}

function logRejected(deviceId: string, fates: readonly RecordFate[], log: Logger): void {
  const rejected = fates.filter(({ fate }) => fate === 'rejected');
  const [first] = rejected;
  if (first === undefined) return;
  log.warn('measurements were rejected', {
    deviceId,
    count: rejected.length,
    first: first.reason,
  });
}
