// Measurements that wait to be sent, in order. Implementations: disk.ts, memory.ts; one contract
// suite (test/contract/spool.ts) runs against both.
import type { Measurement } from '#shared/model/measurement.ts';
import type { SpoolStats } from '#shared/wire/uplink.ts';

export interface SpoolRecord {
  /** Grows by one with each append, never reused, also over restarts. */
  readonly position: number;
  readonly measurement: Measurement;
}

export interface Spool extends AsyncDisposable {
  /**
   * Durable when it resolves, or held in memory where the disk does not take it, which `stats` tells.
   * Over the byte bound the oldest records go, and are counted.
   */
  append(measurement: Measurement): Promise<number>;
  /** Up to `max` records from the first one that is not acknowledged, oldest first. */
  read(max: number): Promise<SpoolRecord[]>;
  /** Everything up to and including `position` is done with. */
  ack(position: number): Promise<void>;
  /** Tries once more to make durable what is held in memory, and drops what is too old. Never rejects. */
  flush(): Promise<void>;
  stats(): SpoolStats;
  /** Calls `listener` after each append; returns the function that ends it. */
  onAppend(listener: () => void): () => void;
}
