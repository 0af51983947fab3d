// The spool on a disk that may lose power at any byte, fill up or turn read-only: append-only
// segments, a cursor beside them, and memory for as long as the disk takes nothing. Opening never
// refuses for what it finds there; what cannot be read is counted and passed over.
import { join, resolve } from 'node:path';
import type { Measurement } from '#shared/model/measurement.ts';
import type { Bytes, EpochMs, Ms } from '#shared/model/units.ts';
import { AppError, messageOf } from '#shared/runtime/errors.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { SpoolStats } from '#shared/wire/uplink.ts';
import { type Disk, nodeDisk } from '../files/disk.ts';
import { temporaryOf } from '../files/write-atomically.ts';
import { type Cursor, NEW_CURSOR, readCursor, writeCursor } from './cursor.ts';
import { isFull, isPassing, troubleOf } from './disk-trouble.ts';
import { encodeFrame, MAX_PAYLOAD_BYTES, payloadOf } from './frame.ts';
import { Held } from './held.ts';
import { lockSpool } from './lock.ts';
import { Segments } from './segments.ts';
import type { Spool, SpoolRecord } from './spool.ts';

export interface DiskSpoolOptions {
  /** Made when missing. */
  readonly directory: string;
  /** Bound on the segment files together. */
  readonly maxBytes: Bytes;
  /** What has waited for longer is dropped, and counted; `now` is the wall clock. Absent: no bound. */
  readonly age?: { readonly maxMs: Ms; readonly now: () => EpochMs };
  readonly log: Logger;
  /** Default: the system's. */
  readonly disk?: Disk;
  /** Holds the directory for this process alone; throws `data_directory`. Default: the kernel's lock. */
  readonly lock?: (directory: string) => Promise<Disposable>;
}

const SEGMENT_BYTES: Bytes = 1_048_576;
/** A small spool still drops its oldest in parts. */
const MIN_SEGMENTS = 4;
/** Held while the disk takes nothing: some 2,000 records, two months of them. */
const MAX_HELD_BYTES: Bytes = 4_194_304;
const CURSOR_FILE = 'cursor.json';

/**
 * Throws `data_directory` when another process is using the directory or it cannot be used for a
 * reason that a person must mend. A disk that is full or read-only is no such reason.
 */
export async function openDiskSpool(options: DiskSpoolOptions): Promise<Spool> {
  const spool = new DiskSpool({ ...options, directory: resolve(options.directory) });
  await spool.open();
  return spool;
}

class DiskSpool implements Spool {
  readonly #options: DiskSpoolOptions;
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #segmentBytes: Bytes;
  readonly #segments: Segments;
  readonly #held = new Held();
  readonly #listeners = new Set<() => void>();
  #lock: Disposable | undefined;
  #cursor: Cursor = NEW_CURSOR;
  #isCursorSaved = true;
  #next = 0;
  #appending: Promise<void> | undefined;
  /** Everything that touches the files, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #trouble: string | undefined;
  #isClosed = false;

  constructor(options: DiskSpoolOptions) {
    const { directory, maxBytes, log, disk = nodeDisk } = options;
    this.#options = options;
    this.#disk = disk;
    this.#directory = directory;
    this.#segmentBytes = Math.min(SEGMENT_BYTES, Math.floor(maxBytes / MIN_SEGMENTS));
    this.#segments = new Segments({ directory, disk, log, segmentBytes: this.#segmentBytes });
  }

  async open(): Promise<void> {
    await this.#takeHold().catch((error: unknown) => {
      const { cause = error } = error as Error;
      if (!isPassing(cause)) throw error;
      this.#troubled(cause);
    });
    try {
      await this.#load();
    } catch (cause) {
      this.#lock?.[Symbol.dispose]();
      const why = `the spool ${this.#directory} cannot be read (${messageOf(cause)}); give this user access to it`;
      throw new AppError('data_directory', why, { cause });
    }
  }

  async append(measurement: Measurement): Promise<number> {
    if (this.#isClosed) throw new Error('the spool is closed');
    const payload = Buffer.from(JSON.stringify(measurement));
    if (payload.length > MAX_PAYLOAD_BYTES) {
      const why = `measurement ${measurement.id} has ${payload.length} bytes; the spool takes ${MAX_PAYLOAD_BYTES}`;
      throw new AppError('message_too_big', why);
    }
    const position = this.#next;
    this.#next += 1;
    this.#held.add({ position, bytes: encodeFrame(position, payload) });
    // Those that come before the writing begins go together.
    this.#appending ??= this.#exclusively(async () => {
      this.#appending = undefined;
      await this.#writeHeld();
      for (const listener of [...this.#listeners]) listener();
    });
    await this.#appending;
    return position;
  }

  read(max: number): Promise<SpoolRecord[]> {
    return this.#exclusively(async () => {
      const { records, lost, failure } = await this.#segments.read(max);
      if (lost > 0) await this.#count({ corruptRecords: lost });
      // An acknowledgement of what lies behind would pass over what may yet be read.
      if (failure !== undefined && records.length === 0) throw failure;
      if (failure !== undefined) return records;
      const held = this.#held.records.slice(0, max - records.length);
      return [...records, ...held.map(({ position, bytes }) => recordOf(position, bytes))];
    });
  }

  ack(position: number): Promise<void> {
    return this.#exclusively(async () => {
      const done = Math.min(position, this.#next - 1);
      if (done <= this.#cursor.done) return;
      this.#cursor = { ...this.#cursor, done };
      this.#segments.forget(done);
      this.#held.forget(done);
      await this.#saveCursor();
      await this.#segments.removeDone();
    });
  }

  flush(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#isClosed) return;
      this.#segments.looked();
      if (this.#held.count > 0 || this.#lock === undefined) await this.#writeHeld();
      if (!this.#isCursorSaved) await this.#saveCursor();
      await this.#dropAged();
    });
  }

  stats(): SpoolStats {
    const { droppedRecords, corruptRecords } = this.#cursor;
    const trouble =
      this.#trouble === undefined
        ? {}
        : { diskTrouble: this.#trouble, memoryRecords: this.#held.count };
    return {
      records: this.#segments.records + this.#held.count,
      bytes: this.#segments.waitingBytes + this.#held.bytes,
      ...{ droppedRecords, corruptRecords },
      ...trouble,
    };
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#exclusively(() => this.#writeHeld());
    const { count } = this.#held;
    if (count > 0) {
      const why = this.#trouble ?? 'unknown';
      this.#options.log.error('measurements are lost: the disk takes nothing', { count, why });
    }
    await this.#segments.close();
    this.#lock?.[Symbol.dispose]();
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  /** Makes the directory and locks it. */
  async #takeHold(): Promise<void> {
    const { lock = lockSpool } = this.#options;
    const directory = this.#directory;
    await this.#disk.mkdir(directory).catch((cause: unknown) => {
      const why = `the spool ${directory} cannot be made (${messageOf(cause)}); make it yourself, writable by this user`;
      throw new AppError('data_directory', why, { cause });
    });
    try {
      this.#lock = await lock(directory);
    } catch (error) {
      // SQLite hides what the system said; a disk that takes no file says it again.
      await this.#probe().catch((cause: unknown) => {
        throw isPassing(cause) ? cause : error;
      });
      throw error;
    }
  }

  async #probe(): Promise<void> {
    const path = temporaryOf(join(this.#directory, 'probe'));
    const file = await this.#disk.open(path, 'w', 0o600);
    await file.close();
    await this.#disk.remove(path);
  }

  async #load(): Promise<void> {
    const path = join(this.#directory, CURSOR_FILE);
    const cursor = await readCursor(this.#disk, path);
    if (cursor === 'damaged') {
      const { log } = this.#options;
      log.warn('the spool cursor was unreadable; what waits is sent once more', { path });
    } else if (cursor !== 'absent') {
      this.#cursor = cursor;
    }
    const names = await this.#disk.readdir(this.#directory).catch((error: unknown) => {
      if (this.#lock === undefined) return [];
      throw error;
    });
    for (const name of names.filter((name) => name.endsWith(temporaryOf('')))) {
      await this.#disk.remove(join(this.#directory, name)).catch(() => {});
    }
    const lost = await this.#segments.load(names, this.#cursor.done);
    this.#next = Math.max(this.#cursor.done + 1, this.#segments.next);
    if (lost > 0) await this.#count({ corruptRecords: lost });
    await this.#segments.removeDone();
    await this.#dropAged();
  }

  /** What the disk does not take stays held; over the bound of memory the oldest go. */
  async #writeHeld(): Promise<void> {
    while (this.#held.count > 0 || this.#lock === undefined) {
      const records = this.#held.first(this.#segmentBytes);
      try {
        if (this.#lock === undefined) await this.#takeHold();
        await this.#makeRoom(records.reduce((sum, { bytes }) => sum + bytes.length, 0));
        await this.#segments.append(records);
        this.#held.forget(records.at(-1)?.position ?? -1);
        this.#mended();
      } catch (error) {
        this.#troubled(error);
        if (!(await this.#hasShrunk(error))) break;
      }
    }
    if (this.#held.count === 0 && !this.#isCursorSaved) await this.#saveCursor();
  }

  /** Whether it is worth trying again. Memory first: a full disk may have room again in an hour. */
  async #hasShrunk(error: unknown): Promise<boolean> {
    const room = Math.min(MAX_HELD_BYTES, this.#options.maxBytes);
    if (this.#held.bytes <= room) return false;
    if (isFull(error) && this.#segments.hasOlder) {
      await this.#dropOldest('there is no room on the disk');
      return true;
    }
    const dropped = this.#held.shrinkTo(room);
    if (dropped > 0) await this.#count({ droppedRecords: dropped });
    return false;
  }

  async #makeRoom(incoming: Bytes): Promise<void> {
    const { maxBytes } = this.#options;
    while (!this.#segments.isEmpty && this.#segments.fileBytes + incoming > maxBytes) {
      await this.#dropOldest('the spool is full');
    }
  }

  async #dropAged(): Promise<void> {
    const { age } = this.#options;
    if (age === undefined) return;
    while (this.#segments.hasOlder && this.#segments.oldestWaitedMs(age.now()) > age.maxMs) {
      await this.#dropOldest('they have waited for too long');
    }
  }

  async #dropOldest(why: string): Promise<void> {
    const oldest = this.#segments.takeOldest();
    if (oldest === undefined) return;
    if (oldest.records > 0) {
      const count = oldest.records;
      this.#options.log.warn('the oldest measurements are dropped', { why, count });
      const done = Math.max(this.#cursor.done, oldest.lastPosition ?? -1);
      await this.#count({ droppedRecords: count, done });
    }
    await this.#segments.remove(oldest);
    // On a full disk there is room for it only now.
    if (!this.#isCursorSaved) await this.#saveCursor();
  }

  async #count(more: Partial<Cursor>): Promise<void> {
    const { done, droppedRecords, corruptRecords } = this.#cursor;
    this.#cursor = {
      done: more.done ?? done,
      droppedRecords: droppedRecords + (more.droppedRecords ?? 0),
      corruptRecords: corruptRecords + (more.corruptRecords ?? 0),
    };
    await this.#saveCursor();
  }

  /** A cursor that lags costs sending again what the collector has: no reason to fail. */
  async #saveCursor(): Promise<void> {
    try {
      await writeCursor(this.#disk, join(this.#directory, CURSOR_FILE), this.#cursor);
      this.#isCursorSaved = true;
      this.#mended();
    } catch (error) {
      this.#isCursorSaved = false;
      this.#troubled(error);
    }
  }

  /** Said once, not at every attempt: a log is a write too. */
  #troubled(error: unknown): void {
    const trouble = troubleOf(error);
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    const why = `the spool ${this.#directory} cannot be written; measurements are kept in memory until it can: make room on the disk and see that it is writable`;
    this.#options.log.error(why, { error: messageOf(error) });
  }

  #mended(): void {
    const isWell = this.#held.count === 0 && this.#isCursorSaved && this.#lock !== undefined;
    if (this.#trouble === undefined || !isWell) return;
    this.#trouble = undefined;
    this.#options.log.info('the spool can be written again; what was in memory is on the disk');
  }
}

function recordOf(position: number, frame: Buffer): SpoolRecord {
  return { position, measurement: JSON.parse(payloadOf(frame).toString()) as Measurement };
}
