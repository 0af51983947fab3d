// Measurements over time. Implementations: sqlite.ts (embedded), influx.ts. One contract suite
// (test/contract/series-store.ts) runs against both.
import type { Measurement, MeasurementKind } from '#shared/model/measurement.ts';
import type { EpochMs } from '#shared/model/units.ts';

export interface StoredMeasurement {
  /** As the agent sent it, but `startedAt` corrected for its clock. */
  readonly measurement: Measurement;
  readonly locationId: string;
  /** Epoch ms of the corrected `startedAt`. */
  readonly startedAt: EpochMs;
  readonly receivedAt: EpochMs;
}

export interface SeriesQuery {
  readonly locationId: string;
  /** Inclusive, by corrected `startedAt`. */
  readonly from?: EpochMs;
  /** Exclusive. */
  readonly to?: EpochMs;
  /** Absent: of all kinds. */
  readonly kind?: MeasurementKind;
  /** Absent: of all the location's devices. */
  readonly deviceId?: string;
  readonly limit?: number;
  /** Default `oldest`. */
  readonly first?: 'oldest' | 'newest';
}

export interface SeriesSpan {
  /** Inclusive, by corrected `startedAt`. */
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

export interface SeriesStore extends AsyncDisposable {
  /**
   * Durable when it resolves. Idempotent by measurement id: a record whose id is there already
   * changes nothing, also when its corrected time differs. Answers in the order of `records`.
   * Rejects with `store_unavailable`; then any part of the batch may be written, and the same
   * call can be made again.
   */
  write(records: readonly StoredMeasurement[]): Promise<readonly ('accepted' | 'duplicate')[]>;
  query(query: SeriesQuery): Promise<StoredMeasurement[]>;
  /**
   * Throughput measurements of all locations, failed ones too, in pages, oldest first. Each page is
   * one look at the store: what is written meanwhile may be among them or not.
   */
  tests(span: SeriesSpan): AsyncIterable<readonly StoredMeasurement[]>;
  /** The newest throughput measurement without `failure` of each location. */
  latest(): Promise<Map<string, StoredMeasurement>>;
  /** How many measurements there are; for tests and status. */
  count(): Promise<number>;
  ready(): Promise<void>;
  /**
   * A consistent copy into `directory` (whole paths), and a sentence on what is left to be done
   * where that is not all.
   */
  backup(directory: string): Promise<{ files: readonly string[]; note?: string }>;
}
